export const OBJECT_STORE_OPERATIONS = [
  'create_multipart_upload',
  'put_part',
  'put_object',
  'discard_part',
  'complete_multipart_upload',
  'abort_multipart_upload',
  'head',
  'open_read',
  'read_body',
  'delete',
  'list',
  'list_multipart_uploads',
] as const;

/** A call of the store. A read is two: `open_read` until the first byte can come, `read_body` from then to its end. */
export type ObjectStoreOperation = (typeof OBJECT_STORE_OPERATIONS)[number];

export const OBJECT_STORE_OUTCOMES = [
  'ok',
  'not_found',
  'refused',
  'aborted',
  'unavailable',
  'failed',
] as const;

/**
 * `refused`: what the client sent is not what it announced. `aborted`: whoever asked went away. `unavailable`: the
 * store could not be reached or was overloaded. `failed`: anything else, a defect.
 */
export type ObjectStoreOutcome = (typeof OBJECT_STORE_OUTCOMES)[number];

/** What an observed store tells those who measure it, once a call. */
export interface ObjectStoreObserver {
  ended(call: {
    readonly operation: ObjectStoreOperation;
    readonly outcome: ObjectStoreOutcome;
    readonly durationMs: number;
    /** Bytes that came from the store; also those of a read that was broken off. */
    readonly readBytes: number;
    /** Bytes that the store has made durable. */
    readonly writtenBytes: number;
  }): void;
}
