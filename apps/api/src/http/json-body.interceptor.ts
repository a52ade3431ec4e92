import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import getRawBody from 'raw-body';
import type { Observable } from 'rxjs';
import type { PaceLimits } from './body-pace.js';
import { detachedBody } from './detached-body.js';
import { hasBody } from './has-body.js';
import { BodyTooLargeError, InvalidRequestError, UnsupportedMediaTypeError } from './http.errors.js';
import { toPointer } from './json-pointer.js';
import { parseJsonObject } from './parse-json-object.js';

const LIMIT_BYTES = 1024 * 1024;
const STREAMED_BODY = 'imgsrv:streamed-body';
const BODY_LIMIT = 'imgsrv:body-limit';

/** Marks a route that reads its own body as a stream of bytes. */
export const StreamedBody = () => SetMetadata(STREAMED_BODY, true);

/** Marks a route whose contract allows larger JSON bodies than others have. */
export const BodyLimit = (limitBytes: number) => SetMetadata(BODY_LIMIT, limitBytes);

/**
 * Reads and parses JSON bodies. It runs after the guards, so that a caller who may not do a thing learns that
 * first and sends no body in vain.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly pace: PaceLimits,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const streamed = this.reflector.get<boolean | undefined>(STREAMED_BODY, context.getHandler()) === true;
    if (['POST', 'PUT', 'PATCH'].includes(request.method) && !streamed && hasBody(request)) {
      requireJson(request);
      const response = context.switchToHttp().getResponse<Response>();
      const limitBytes =
        this.reflector.get<number | undefined>(BODY_LIMIT, context.getHandler()) ?? LIMIT_BYTES;
      const body = parseJsonObject(await readBody(request, response, this.pace, limitBytes));
      if (!takesBody(context)) {
        refuseMembers(body);
      }
      request.body = body;
    }
    return next.handle();
  }
}

/** Whether the handler has a parameter with `@Body()`. */
function takesBody(context: ExecutionContext): boolean {
  const parameters: unknown = Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  );
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
}

/** What a caller asks for must never be passed over in silence. */
function refuseMembers(body: object): void {
  const [first, ...more] = Object.keys(body).map((name) => ({
    pointer: toPointer(name),
    detail: `property ${name} should not exist`,
  }));
  if (first !== undefined) {
    throw InvalidRequestError.of(first, ...more);
  }
}

function requireJson(request: Request): void {
  if (request.headers['content-encoding'] !== undefined) {
    throw new UnsupportedMediaTypeError('The body must not have a Content-Encoding.');
  }
  if (request.is('application/json') === false) {
    throw new UnsupportedMediaTypeError('The body must be application/json.');
  }
}

/** The whole body. Throws BodyTooLargeError, RequestTimeoutError and InvalidRequestError. */
export async function readBody(
  request: Request,
  response: Response,
  pace: PaceLimits,
  limitBytes: number,
): Promise<Buffer> {
  const body = detachedBody(request, response, pace);
  try {
    return await getRawBody(body, { length: request.headers['content-length'], limit: limitBytes });
  } catch (error) {
    if (body.tooSlow !== undefined) {
      throw body.tooSlow;
    }
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') {
      throw new BodyTooLargeError(`The body must be at most ${limitBytes} bytes.`, { cause: error });
    }
    throw new InvalidRequestError('The body could not be read to its end.');
  } finally {
    body.destroy();
  }
}
