/**
 * An error that imgsrv raises on purpose. `code` is stable and becomes the problem type on the wire; `message`
 * is written for the caller; the `cause` is for the log only.
 */
export abstract class ImgsrvError extends Error {
  abstract readonly code: string;

  /** Extra members of the problem document that a client needs to act, by their wire names. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(message: string, options?: { cause?: unknown; members?: Readonly<Record<string, unknown>> }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.members = options?.members ?? {};
  }
}
