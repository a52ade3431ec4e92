/** `problem`: something does not work, or will not. `warning`: works, but somebody should know. */
export type Verdict = 'ok' | 'warning' | 'problem';

/** What one check of what a process depends on has found. */
export interface Finding {
  /** A few words: `store: ranges`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** One sentence for an operator; no secret. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(check: string, detail: string): Finding {
  return { check, verdict: 'ok', detail };
}

export function warning(check: string, detail: string, advice: string): Finding {
  return { check, verdict: 'warning', detail, advice };
}

export function problem(check: string, detail: string, advice: string): Finding {
  return { check, verdict: 'problem', detail, advice };
}
