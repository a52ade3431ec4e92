import { type JobKind, SHORT_RETENTION } from '@imgsrv/jobs';

/** Finds what lies in the store although no row knows it, and removes what has done so for long. */
export const SWEEP_STORE: JobKind<object> = {
  name: 'sweep_store',
  class: 'maintenance',
  maxAttempts: 20,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 600_000 },
  parsePayload: () => ({}),
};
