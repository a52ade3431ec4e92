import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { isDigest } from '@imgsrv/cas';
import { ALIAS_NAME, IMAGE_NAME, REF_NAME, TOKEN, VERSION_NAME } from '@imgsrv/catalog';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { InvalidRequestError } from './http.errors.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The grammar of every path parameter, by its name. */
const GRAMMAR: Readonly<Record<string, (value: string) => boolean>> = {
  name: (value) => IMAGE_NAME.matches(value),
  version: (value) => VERSION_NAME.matches(value),
  alias: (value) => ALIAS_NAME.matches(value),
  ref: (value) => REF_NAME.matches(value),
  role_id: (value) => TOKEN.matches(value),
  digest: isDigest,
  part_number: (value) => /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 10_000,
  hex: (value) => /^[0-9a-f]{64}$/.test(value),
  file_name: (value) => /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,511}$/.test(value),
  upload_id: isUuid,
  artifact_id: isUuid,
  attachment_id: isUuid,
  job_id: isUuid,
  principal_id: isUuid,
  token_id: isUuid,
  rule_id: isUuid,
};

/** Refuses paths whose parameters break their grammar, before the body is looked at. */
@Injectable()
export class PathParametersInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { params } = context.switchToHttp().getRequest<Request>();
    for (const [name, value] of Object.entries(params)) {
      const grammar = GRAMMAR[name];
      if (grammar === undefined) {
        throw new Error(`the path parameter ${name} has no grammar`);
      }
      if (typeof value !== 'string' || !grammar(value)) {
        throw new InvalidRequestError(`The ${name} in the path is not well formed.`);
      }
    }
    return next.handle();
  }
}

function isUuid(value: string): boolean {
  return UUID.test(value);
}
