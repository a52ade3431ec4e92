const CODES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE']);
const DEEPEST = 5;

/** Says whether the process, or the system, had no file descriptor left: the same call may succeed later. */
export function isOutOfDescriptors(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < DEEPEST; depth += 1) {
    if ('code' in cause && CODES.has(cause.code)) {
      return true;
    }
    cause = cause.cause;
  }
  return false;
}
