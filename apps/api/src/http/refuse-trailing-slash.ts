import type { NextFunction, Request, Response } from 'express';
import { RouteNotFoundError } from './http.errors.js';

/** Nothing is served under a path that ends with a slash, whatever would be: also what does not come from a controller. */
export function refuseTrailingSlash(request: Request, _response: Response, next: NextFunction): void {
  if (request.path.endsWith('/')) {
    throw new RouteNotFoundError();
  }
  next();
}
