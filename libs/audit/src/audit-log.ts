import {
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import type { AuditEvent, AuditFilter } from './audit-event.js';
import { AuditEventRepository } from './audit-event.repository.js';

/** Of which each may have some KiB. */
const EVENTS_AT_ONCE = 500;

const CURSOR_SHAPE = [/^[1-9]\d{0,17}$/];

/** The audit log as auth managers read it. */
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** Newest first. An event that commits late may appear behind events that were seen before. */
  async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    const [after] = decodeCursor(page.cursor, CURSOR_SHAPE);
    const events = await new AuditEventRepository(this.database).list(filter, page.limit + 1, after);
    return toPage(
      events,
      page.limit,
      (event) => event,
      ({ id }) => encodeCursor([id]),
    );
  }

  /** All of them in the same order, with no more than a page in memory. The last page may be empty. */
  async *pages(filter: AuditFilter): AsyncGenerator<readonly AuditEvent[], void> {
    const repository = new AuditEventRepository(this.database);
    let after: string | undefined;
    let events: readonly AuditEvent[];
    do {
      events = await repository.list(filter, EVENTS_AT_ONCE, after);
      yield events;
      after = events.at(-1)?.id;
    } while (events.length === EVENTS_AT_ONCE);
  }
}
