import { ImgsrvError } from '@imgsrv/platform';

export class PreconditionFailedError extends ImgsrvError {
  readonly code = 'precondition-failed';

  constructor() {
    super('A condition of the request does not hold for what is stored now.');
  }
}

export class RangeNotSatisfiableError extends ImgsrvError {
  readonly code = 'range-not-satisfiable';

  constructor(readonly sizeBytes: number) {
    super(`The range must begin within the ${sizeBytes} bytes.`);
  }
}

export type DownloadErrorCode = PreconditionFailedError['code'] | RangeNotSatisfiableError['code'];
