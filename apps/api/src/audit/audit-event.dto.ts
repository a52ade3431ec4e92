import { AUDIT_OUTCOMES, type AuditEvent, type AuditFilter, type AuditOutcome } from '@imgsrv/audit';
import { UUID_PATTERN } from '@imgsrv/platform';
import { IsIn, Matches, MaxLength } from 'class-validator';
import { IsTime } from '../auth/field-rules.js';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { PageQuery } from '../http/page.js';

/** Each filter that is given narrows the list. */
export class AuditEventListQuery extends PageQuery {
  /** Who acted. */
  @MayBeAbsent()
  @Matches(UUID_PATTERN, { message: '$property must be a UUID in lower case' })
  principal_id?: string;

  /** The `X-Request-ID` of a request. */
  @MayBeAbsent()
  @Matches(/^[\x21-\x7e]{1,128}$/, { message: '$property must be 1 to 128 visible ASCII characters' })
  request_id?: string;

  /**
   * Exactly this action.
   * @example "alias.move"
   */
  @MayBeAbsent()
  @Matches(/^[a-z_]+(\.[a-z_]+)?$/, { message: '$property must be an action such as alias.move' })
  action?: string;

  /**
   * A path below `/v1/`; what happened to it and to everything below it.
   * @example "images/debian"
   */
  @MayBeAbsent()
  @MaxLength(1024)
  @Matches(/^[\x21-\x7e]+$/, { message: '$property must be a path below /v1/ such as images/debian' })
  resource?: string;

  /** What was done, or who was refused. */
  @MayBeAbsent()
  @IsIn(AUDIT_OUTCOMES)
  outcome?: 'success' | 'denied';

  /** From this instant on. */
  @MayBeAbsent()
  @IsTime()
  since?: Date;

  /** Before this instant. */
  @MayBeAbsent()
  @IsTime()
  until?: Date;
}

export class AuditEventResponse {
  /** @example "4711" */
  id: string;
  occurred_at: string;
  /** Absent when the service itself acted. */
  request_id?: string;
  /** The address that the request came from. */
  source?: string;
  principal_id?: string;
  /** @example "api-token" */
  credential_kind?: string;
  /** The id of an API token, or the `jti` of a JWT. */
  credential_id?: string;
  /** @example "alias.move" */
  action: string;
  /** @example "images/debian/aliases/stable" */
  resource: string;
  outcome: AuditOutcome;
  /** Why somebody was refused. */
  reason?: string;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** What else is certain of a refused request. */
  facts?: Record<string, unknown>;
}

export class AuditEventListResponse {
  audit_events: AuditEventResponse[];
}

export function toAuditFilter(query: AuditEventListQuery): AuditFilter {
  return {
    ...(query.principal_id === undefined ? {} : { principalId: query.principal_id }),
    ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
    ...(query.action === undefined ? {} : { action: query.action }),
    ...(query.resource === undefined ? {} : { resource: query.resource }),
    ...(query.outcome === undefined ? {} : { outcome: query.outcome }),
    ...(query.since === undefined ? {} : { since: query.since }),
    ...(query.until === undefined ? {} : { until: query.until }),
  };
}

export function toAuditEventResponse(event: AuditEvent): AuditEventResponse {
  return {
    id: event.id,
    occurred_at: event.occurredAt.toISOString(),
    ...(event.requestId === undefined ? {} : { request_id: event.requestId }),
    ...(event.source === undefined ? {} : { source: event.source }),
    ...(event.principalId === undefined ? {} : { principal_id: event.principalId }),
    ...(event.credentialKind === undefined ? {} : { credential_kind: event.credentialKind }),
    ...(event.credentialId === undefined ? {} : { credential_id: event.credentialId }),
    action: event.action,
    resource: event.resource,
    outcome: event.outcome,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.before === undefined ? {} : { before: event.before }),
    ...(event.after === undefined ? {} : { after: event.after }),
    ...(event.facts === undefined ? {} : { facts: event.facts }),
  };
}
