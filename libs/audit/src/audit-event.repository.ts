import type { Connection, Transaction } from '@imgsrv/platform';
import {
  type AuditEvent,
  auditEventId,
  type AuditFilter,
  type AuditOutcome,
  type AuditState,
  type NewAuditEvent,
} from './audit-event.js';

/** The table `audit_events`: rows are added and read, never changed. What writes needs a `Transaction`. */
export class AuditEventRepository<Source extends Connection = Connection> {
  constructor(private readonly connection: Source) {}

  async insert(this: AuditEventRepository<Transaction>, events: readonly NewAuditEvent[]): Promise<void> {
    await this.connection.rows(
      `INSERT INTO audit_events (request_id, source, principal_id, credential_kind, credential_id, action, resource,
         outcome, reason, before, after, facts)
       SELECT e.request_id, e.source, e.principal_id, e.credential_kind, e.credential_id, e.action, e.resource,
         e.outcome, e.reason, e.before, e.after, e.facts
       FROM jsonb_to_recordset($1::jsonb) AS e (request_id text, source text, principal_id uuid, credential_kind text,
         credential_id text, action text, resource text, outcome text, reason text, before jsonb, after jsonb,
         facts jsonb)`,
      [JSON.stringify(events.map(toRow))],
    );
  }

  /** Newest first; at most `limit` after the event `after`. */
  async list(filter: AuditFilter, limit: number, after?: string): Promise<AuditEvent[]> {
    const rows = await this.connection.rows<AuditRow>(
      `SELECT id, occurred_at, request_id, source, principal_id, credential_kind, credential_id, action, resource,
         outcome, reason, before, after, facts
       FROM audit_events
       WHERE ($1::bigint IS NULL OR id < $1::bigint)
         AND ($2::uuid IS NULL OR principal_id = $2::uuid)
         AND ($3::text IS NULL OR request_id = $3)
         AND ($4::text IS NULL OR action = $4)
         AND ($5::text IS NULL OR resource = $5 OR starts_with(resource, $5 || '/'))
         AND ($6::text IS NULL OR outcome = $6)
         AND ($7::timestamptz IS NULL OR occurred_at >= $7)
         AND ($8::timestamptz IS NULL OR occurred_at < $8)
       ORDER BY id DESC LIMIT $9`,
      [
        after ?? null,
        filter.principalId ?? null,
        filter.requestId ?? null,
        filter.action ?? null,
        filter.resource ?? null,
        filter.outcome ?? null,
        filter.since ?? null,
        filter.until ?? null,
        limit,
      ],
    );
    return rows.map(toAuditEvent);
  }
}

interface AuditRow {
  readonly id: string;
  readonly occurred_at: Date;
  readonly request_id: string | null;
  readonly source: string | null;
  readonly principal_id: string | null;
  readonly credential_kind: string | null;
  readonly credential_id: string | null;
  readonly action: string;
  readonly resource: string;
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  readonly before: AuditState | null;
  readonly after: AuditState | null;
  readonly facts: AuditState | null;
}

function toRow(event: NewAuditEvent): object {
  return {
    request_id: event.requestId,
    source: event.source,
    principal_id: event.principalId,
    credential_kind: event.credentialKind,
    credential_id: event.credentialId,
    action: event.action,
    resource: event.resource,
    outcome: event.outcome,
    reason: event.reason,
    before: event.before,
    after: event.after,
    facts: event.facts,
  };
}

function toAuditEvent(row: AuditRow): AuditEvent {
  return {
    id: auditEventId(row.id),
    occurredAt: row.occurred_at,
    action: row.action,
    resource: row.resource,
    outcome: row.outcome,
    ...(row.request_id === null ? {} : { requestId: row.request_id }),
    ...(row.source === null ? {} : { source: row.source }),
    ...(row.principal_id === null ? {} : { principalId: row.principal_id }),
    ...(row.credential_kind === null ? {} : { credentialKind: row.credential_kind }),
    ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.before === null ? {} : { before: row.before }),
    ...(row.after === null ? {} : { after: row.after }),
    ...(row.facts === null ? {} : { facts: row.facts }),
  };
}
