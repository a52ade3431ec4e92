export type AuditEventId = string & { readonly __brand: 'AuditEventId' };

export const AUDIT_OUTCOMES = ['success', 'denied'] as const;

/** `success`: it was done. `denied`: somebody was refused, and nothing was done. */
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** Small state by wire names; never a token or a body. */
export type AuditState = Readonly<Record<string, unknown>>;

/** Who does something, as far as that is known. Without any of it: the service itself. */
export interface Actor {
  readonly requestId?: string;
  /** The address that the request came from. */
  readonly source?: string;
  readonly principalId?: string;
  readonly credentialKind?: string;
  /** The id of an API token, or the `jti` of a JWT; no secret. */
  readonly credentialId?: string;
}

export interface NewAuditEvent extends Actor {
  /** `alias.move`, `authenticate`, … */
  readonly action: string;
  /** A path below `/v1/`, without query: `images/debian/aliases/stable`. */
  readonly resource: string;
  readonly outcome: AuditOutcome;
  /** Why somebody was refused. */
  readonly reason?: string;
  readonly before?: AuditState;
  readonly after?: AuditState;
  /** What else is certain about it, such as the subject of a verified JWT. */
  readonly facts?: AuditState;
}

export interface AuditEvent extends NewAuditEvent {
  readonly id: AuditEventId;
  readonly occurredAt: Date;
}

/** Absent members do not limit. */
export interface AuditFilter {
  readonly principalId?: string;
  readonly requestId?: string;
  /** Exactly this action. */
  readonly action?: string;
  /** This resource and everything below it. */
  readonly resource?: string;
  readonly outcome?: AuditOutcome;
  /** From this instant on. */
  readonly since?: Date;
  /** Before this instant. */
  readonly until?: Date;
}

/** Brands an id from a validated cursor or a row. */
export function auditEventId(digits: string): AuditEventId {
  return digits as AuditEventId;
}
