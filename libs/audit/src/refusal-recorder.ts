import type { Database, Logger } from '@imgsrv/platform';
import type { NewAuditEvent } from './audit-event.js';
import { AlikeRefusals } from './alike-refusals.js';
import { AuditEventRepository } from './audit-event.repository.js';

/** What may wait for the database; more than that within one write is counted in the log only. */
const MOST_WAITING = 1000;
const MINUTE_MS = 60_000;

/** Somebody who was refused. */
export interface Refusal extends Omit<NewAuditEvent, 'outcome' | 'before' | 'after'> {
  /** Names what is alike about refusals of which one a minute is written, with how many there were as `facts.count`. */
  readonly alike?: string;
}

/**
 * Writes refusals into the audit log, out of the way of the requests that were refused: one statement at a time, for
 * all that came up meanwhile. What cannot be written is logged and dropped, so that neither a flood of bad requests nor
 * an absent database takes memory.
 */
export class RefusalRecorder {
  private waiting: NewAuditEvent[] = [];
  private dropped = 0;
  private writing: Promise<void> | undefined;
  private readonly alike: AlikeRefusals<Refusal>;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    everyMs = MINUTE_MS,
  ) {
    this.alike = new AlikeRefusals(everyMs, (refusal, count) => {
      this.write({ ...refusal, facts: { ...refusal.facts, count } });
    });
  }

  record({ alike, ...refusal }: Refusal): void {
    if (alike === undefined) {
      this.write(refusal);
    } else {
      this.alike.add(alike, refusal);
    }
  }

  private write(refusal: Omit<Refusal, 'alike'>): void {
    if (this.waiting.length >= MOST_WAITING) {
      this.dropped += 1;
      return;
    }
    this.waiting.push({ ...refusal, outcome: 'denied' });
    this.writing ??= this.writeWaiting();
  }

  /** Resolves when every refusal so far is written or dropped. Never rejects. */
  async settled(): Promise<void> {
    this.alike.flush();
    await this.writing;
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const refusals = this.waiting;
      this.waiting = [];
      try {
        await this.database.write((tx) => new AuditEventRepository(tx).insert(refusals));
      } catch (error) {
        this.logger.warn({ err: error, refusals: refusals.length }, 'could not record refused requests');
      }
      this.reportDropped();
    }
    this.writing = undefined;
  }

  private reportDropped(): void {
    if (this.dropped > 0) {
      this.logger.warn({ refusals: this.dropped }, 'more requests were refused than could be recorded');
      this.dropped = 0;
    }
  }
}
