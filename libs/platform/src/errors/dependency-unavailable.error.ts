import { ImgsrvError } from './imgsrv-error.js';

export type Dependency = 'postgres' | 'object-store' | 'issuer';

const LABEL: Record<Dependency, string> = {
  postgres: 'The database',
  'object-store': 'The object store',
  issuer: 'The issuer of the token',
};

/** Postgres, the object store or an issuer is not configured, unreachable or overloaded; the same call may succeed later. */
export class DependencyUnavailableError extends ImgsrvError {
  readonly code = 'dependency-unavailable';

  constructor(
    readonly dependency: Dependency,
    options?: { cause?: unknown; reason?: string },
  ) {
    super(`${LABEL[dependency]} is ${options?.reason ?? 'not reachable right now'}.`, options);
  }
}
