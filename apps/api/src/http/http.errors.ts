import { ImgsrvError } from '@imgsrv/platform';
import type { PaceLimits } from './body-pace.js';

export class RouteNotFoundError extends ImgsrvError {
  readonly code = 'not-found';

  constructor() {
    super('Nothing is served under this path.');
  }
}

export class MethodNotAllowedError extends ImgsrvError {
  readonly code = 'method-not-allowed';

  constructor(readonly allowed: readonly string[]) {
    super(`This path allows ${allowed.join(', ')}.`);
  }
}

/** A path, query or body that breaks the contract. `errors` point into the body (RFC 6901) or name the parameter. */
export class InvalidRequestError extends ImgsrvError {
  readonly code = 'invalid-request';

  constructor(detail: string, errors: readonly RequestFault[] = []) {
    super(detail, errors.length === 0 ? undefined : { members: { errors } });
  }
}

export interface RequestFault {
  readonly pointer: string;
  readonly detail: string;
}

export class UnsupportedMediaTypeError extends ImgsrvError {
  readonly code = 'unsupported-media-type';
}

export class BodyTooLargeError extends ImgsrvError {
  readonly code = 'body-too-large';
}

export class LengthRequiredError extends ImgsrvError {
  readonly code = 'length-required';

  constructor() {
    super('The request needs a Content-Length, or a chunked body.');
  }
}

/** The client sent its body so slowly that it looks gone. */
export class RequestTimeoutError extends ImgsrvError {
  readonly code = 'request-timeout';

  constructor({ minBytesPerSecond, windowMs }: PaceLimits) {
    super(
      `The body came with less than ${minBytesPerSecond} bytes a second over ${windowMs / 1000} seconds.`,
    );
  }
}

export type HttpErrorCode =
  | RouteNotFoundError['code']
  | MethodNotAllowedError['code']
  | InvalidRequestError['code']
  | UnsupportedMediaTypeError['code']
  | BodyTooLargeError['code']
  | LengthRequiredError['code']
  | RequestTimeoutError['code'];
