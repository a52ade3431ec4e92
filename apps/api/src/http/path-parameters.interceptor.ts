import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { InvalidRequestError } from './http.errors.js';
import { pathParameter } from './path-parameters.js';
import { findUnstorableTexts } from './unstorable-text.js';

/**
 * Refuses paths whose parameters break their grammar, and queries with text that no database can keep, before the body is
 * looked at.
 */
@Injectable()
export class PathParametersInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { params, query } = context.switchToHttp().getRequest<Request>();
    for (const [name, value] of Object.entries(params)) {
      const { pattern } = pathParameter(name);
      if (typeof value !== 'string' || !pattern.test(value)) {
        throw new InvalidRequestError(`${name}: must match ${pattern.source} in the path`);
      }
    }
    const [first, ...others] = findUnstorableTexts(query);
    if (first !== undefined) {
      throw InvalidRequestError.of(first, ...others);
    }
    return next.handle();
  }
}
