import type { Database } from '@imgsrv/platform';
import { type Page, type PageRequest, toPage } from '../page.js';
import type { AuditEvent, AuditEventId, AuditFilter } from './audit-event.js';
import { AuditEventRepository } from './audit-event.repository.js';

/** The audit log as auth managers read it. */
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** Newest first. An event that commits late may appear behind events that were seen before. */
  async list(filter: AuditFilter, page: PageRequest<AuditEventId>): Promise<Page<AuditEvent, AuditEventId>> {
    return toPage(await new AuditEventRepository(this.database).list(filter, page), page.limit);
  }
}
