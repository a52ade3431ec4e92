import { ImgsrvError } from '@imgsrv/platform';

export class PreconditionFailedError extends ImgsrvError {
  readonly code = 'precondition-failed';

  constructor() {
    super('The stored state does not match a precondition of the request.');
  }
}

export class RangeNotSatisfiableError extends ImgsrvError {
  readonly code = 'range-not-satisfiable';

  constructor(readonly sizeBytes: number) {
    super(`The range must begin within the ${sizeBytes} bytes.`);
  }
}

export type DownloadErrorCode = PreconditionFailedError['code'] | RangeNotSatisfiableError['code'];
