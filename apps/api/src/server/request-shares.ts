import { SourceShares } from '@imgsrv/platform';
import type { NextFunction, Request, Response } from 'express';
import type { LimitMetrics } from '../metrics/limit-metrics.js';
import { sendProblem } from '../problem/send-problem.js';
import { clientAddress } from './client-address.js';
import { TooManyRequestsError } from './limit.errors.js';
import { requestId } from './request-context.js';

/**
 * Answers 429 to a source that has more than `perSource` requests under way. Where clients connect themselves their
 * connections are counted before; this is for requests that a trusted proxy brings, and for many on one connection.
 */
export function limitRequests(perSource: number, metrics: LimitMetrics) {
  const shares = new SourceShares(perSource);
  return (request: Request, response: Response, next: NextFunction): void => {
    const giveBack = shares.take(clientAddress(request).address ?? '');
    if (giveBack === undefined) {
      metrics.reached('requests_per_source');
      sendProblem(request, response, new TooManyRequestsError(), requestId(request));
      return;
    }
    response.once('close', giveBack);
    next();
  };
}
