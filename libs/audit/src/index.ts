export {
  type Actor,
  AUDIT_OUTCOMES,
  type AuditEvent,
  type AuditEventId,
  type AuditFilter,
  type AuditOutcome,
} from './audit-event.js';
export { AuditLog } from './audit-log.js';
export { AuditTrail } from './audit-trail.js';
export { KEEP_AUDIT_MONTHS, keepAuditMonths } from './keep-audit-months.js';
export { type Refusal, RefusalRecorder } from './refusal-recorder.js';
