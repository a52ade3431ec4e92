import { ImgsrvError } from '../errors/imgsrv-error.js';

/** A cursor that no page gave out. */
export class InvalidCursorError extends ImgsrvError {
  readonly code = 'invalid-cursor';

  constructor() {
    const rule = 'must come from the Link header of a page of this list';
    super(`cursor: ${rule}`, { members: { errors: [{ pointer: '/cursor', detail: `cursor ${rule}` }] } });
  }
}
