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
}
