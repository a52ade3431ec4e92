import type { Schemas } from './api-call.js';

export type Problem = Partial<Schemas['Problem']> & Readonly<Record<string, unknown>>;

const TYPE_PREFIX = 'urn:imgsrv:problem:';

/** The server refused a request and said why (RFC 9457). Decide by `code`, which never changes. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Such as `version-exists`. */
  readonly code: string;

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** How long the server asks to wait. */
    readonly retryAfterMs?: number,
  ) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    const type = problem.type ?? '';
    this.code = type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : `status-${status}`;
  }

  /** What the operators find the request by in their logs. */
  get requestId(): string | undefined {
    return this.problem.instance;
  }
}

/** Whether an error is a refusal with one of these codes. */
export function isProblem(error: unknown, ...codes: readonly string[]): error is ProblemError {
  return error instanceof ProblemError && codes.includes(error.code);
}
