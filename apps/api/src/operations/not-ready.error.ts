import { ImgsrvError } from '@imgsrv/platform';

/** The process should get no traffic now. */
export class NotReadyError extends ImgsrvError {
  readonly code = 'not-ready';
}
