import { SourceShares } from '@imgsrv/platform';
import type { LimitMetrics } from '../metrics/limit-metrics.js';
import type { Step } from './frame.js';
import { TooManyRequestsError } from './limit.errors.js';
import { clientAddress } from './request-context.js';

/**
 * Refuses a source that has more than `perSource` requests under way. Where clients connect themselves their
 * connections are counted before; this is for requests that a trusted proxy brings, and for many on one connection.
 */
export function limitRequests(perSource: number, metrics: LimitMetrics): Step {
  const shares = new SourceShares(perSource);
  return (request, response, next) => {
    const giveBack = shares.take(clientAddress(request) ?? '');
    if (giveBack === undefined) {
      metrics.reached('requests_per_source');
      next({ thrown: new TooManyRequestsError() });
      return;
    }
    response.on('close', giveBack);
    next();
  };
}
