import type { Change, ChangeRecorder, Transaction } from '@imgsrv/platform';
import type { Actor } from './audit-event.js';
import { AuditEventRepository } from './audit-event.repository.js';

/** Writes changes into the audit log, in the transactions that make them, with who is acting just then. */
export class AuditTrail implements ChangeRecorder {
  constructor(private readonly actor: () => Actor) {}

  async record(tx: Transaction, ...changes: readonly Change[]): Promise<void> {
    const actor = this.actor();
    await new AuditEventRepository(tx).insert(
      changes.map((change) => ({ ...actor, ...change, outcome: 'success' })),
    );
  }
}
