import { DependencyUnavailableError } from '@imgsrv/platform';
import type { NextFunction, Request, Response } from 'express';
import { requestId } from '../server/request-context.js';
import { sendProblem } from '../problem/send-problem.js';

const OPERATIONAL = /^\/(?:healthz|readyz|openapi\.(?:json|yaml)|docs(?:\/.*)?)$/;

/** Without a database and a store nothing but the operational routes can be served: everything else is a 503. */
export function requireConfigured(missing: 'postgres' | 'object-store' | undefined) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (missing === undefined || OPERATIONAL.test(request.path)) {
      next();
      return;
    }
    const error = new DependencyUnavailableError(missing, { reason: 'not configured' });
    sendProblem(request, response, error, requestId(request));
  };
}
