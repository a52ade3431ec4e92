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

/** Nobody is left to answer: no failure of the service, and nothing to log. */
export class ClientGoneError extends Error {
  constructor(options: { readonly cause: unknown }) {
    super('The client went away.', options);
  }
}

/** A path, query or body that breaks the contract. */
export class InvalidRequestError extends ImgsrvError {
  readonly code = 'invalid-request';

  /** Tells the first fault in words, and all of them as `errors`. */
  static of(...errors: readonly [RequestFault, ...RequestFault[]]): InvalidRequestError {
    return new InvalidRequestError(inWords(errors[0]), { members: { errors } });
  }
}

/** One thing that is wrong with the members of a body or the parameters of a query. */
export interface RequestFault {
  /** Points into the body (RFC 6901) or at the parameter. */
  readonly pointer: string;
  /** A sentence about the member; it may begin with its name. */
  readonly detail: string;
}

/** Callers choose the names of unknown members. */
const LONGEST_NAME = 256;

/** `parts/0/number: must be an integer number`, whatever the sentence begins with. */
function inWords({ pointer, detail }: RequestFault): string {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const name = names.at(-1);
  if (name === undefined) {
    return detail;
  }
  const sentence = detail.startsWith('property ') ? detail.slice('property '.length) : detail;
  const told = sentence.startsWith(`${name} `) ? sentence.slice(name.length + 1) : sentence;
  return `${names.join('/').slice(0, LONGEST_NAME)}: ${told}`;
}

export class UnsupportedMediaTypeError extends ImgsrvError {
  readonly code = 'unsupported-media-type';
}

export class BodyTooLargeError extends ImgsrvError {
  readonly code = 'body-too-large';
}

export class LengthRequiredError extends ImgsrvError {
  readonly code = 'length-required';

  constructor(detail = 'The request needs a Content-Length, or a chunked body.') {
    super(detail);
  }
}

/** The client sent its body so slowly that it looks gone. */
export class RequestTimeoutError extends ImgsrvError {
  readonly code = 'request-timeout';

  constructor({ minBytesPerSecond, windowMs }: PaceLimits) {
    super(
      `The body arrived at less than ${minBytesPerSecond} bytes per second over ${windowMs / 1000} seconds.`,
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
