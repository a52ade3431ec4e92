import type { Transaction } from '../database/transaction.js';

/** Something that was changed, in the words of whoever changed it. */
export interface Change {
  /** `<what>.<verb>`: `alias.move`. A closed set in documentation, free text here. */
  readonly action: string;
  /** Path of the thing below `/v1/`: `images/debian/aliases/stable`. */
  readonly resource: string;
  /** Small state from before the change, by wire names; never a secret. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** Small state from after the change. */
  readonly after?: Readonly<Record<string, unknown>>;
}

/**
 * Keeps a record of changes. It writes through the transaction that makes the change, so that both are kept or
 * neither is. Who made the change is known to the recorder.
 */
export interface ChangeRecorder {
  record(tx: Transaction, ...changes: readonly Change[]): Promise<void>;
}
