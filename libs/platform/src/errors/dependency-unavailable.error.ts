import { ImgsrvError } from './imgsrv-error.js';

export type Dependency = 'postgres' | 'object-store' | 'issuer' | 'system';

const LABEL: Record<Dependency, string> = {
  postgres: 'The database',
  'object-store': 'The object store',
  issuer: 'The issuer of the token',
  system: 'The system below the service',
};

/**
 * Postgres, the object store, an issuer or the system is not configured, unreachable or overloaded; the same call may
 * succeed later.
 */
export class DependencyUnavailableError extends ImgsrvError {
  readonly code = 'dependency-unavailable';

  /** False when only this call ran into something, such as a lock that another one holds. */
  readonly isOutage: boolean;

  /** `reason` completes "The database is …". */
  constructor(
    readonly dependency: Dependency,
    options: { readonly cause?: unknown; readonly reason?: string; readonly isOutage?: boolean } = {},
  ) {
    super(`${LABEL[dependency]} is ${options.reason ?? 'not reachable right now'}.`, options);
    this.isOutage = options.isOutage ?? true;
  }
}
