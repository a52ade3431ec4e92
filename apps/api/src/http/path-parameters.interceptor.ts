import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { RULE_ID } from '@imgsrv/auth';
import { DIGEST_PATTERN } from '@imgsrv/cas';
import { ALIAS_NAME, IMAGE_NAME, REF_NAME, TOKEN, VERSION_NAME } from '@imgsrv/catalog';
import { UUID_PATTERN } from '@imgsrv/platform';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { InvalidRequestError } from './http.errors.js';
import { findUnstorableTexts } from './unstorable-text.js';

/** What every path parameter looks like, by its name. */
export const PARAMETER_PATTERNS: Readonly<Record<string, RegExp>> = {
  name: IMAGE_NAME.pattern,
  version: VERSION_NAME.pattern,
  alias: ALIAS_NAME.pattern,
  ref: REF_NAME.pattern,
  role_id: TOKEN.pattern,
  digest: DIGEST_PATTERN,
  part_number: /^([1-9]\d{0,3}|10000)$/,
  hex: /^[0-9a-f]{64}$/,
  file_name: /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,511}$/,
  upload_id: UUID_PATTERN,
  artifact_id: UUID_PATTERN,
  attachment_id: UUID_PATTERN,
  job_id: UUID_PATTERN,
  principal_id: UUID_PATTERN,
  token_id: UUID_PATTERN,
  rule_id: RULE_ID,
};

/**
 * Refuses paths whose parameters break their grammar, and queries with text that no database can keep, before the body is
 * looked at.
 */
@Injectable()
export class PathParametersInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { params, query } = context.switchToHttp().getRequest<Request>();
    for (const [name, value] of Object.entries(params)) {
      const pattern = PARAMETER_PATTERNS[name];
      if (pattern === undefined) {
        throw new Error(`the path parameter ${name} has no pattern`);
      }
      if (typeof value !== 'string' || !pattern.test(value)) {
        throw new InvalidRequestError(`The ${name} in the path is not well formed.`);
      }
    }
    const faults = findUnstorableTexts(query);
    if (faults.length > 0) {
      throw new InvalidRequestError('The query is not valid.', faults);
    }
    return next.handle();
  }
}
