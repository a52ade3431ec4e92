import { ImgsrvError } from '../errors/imgsrv-error.js';

/** A cursor that no page gave out. */
export class InvalidCursorError extends ImgsrvError {
  readonly code = 'invalid-cursor';

  constructor() {
    super('The cursor is not one that a page of this list gave out.');
  }
}
