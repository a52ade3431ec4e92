import { type JobKind, SHORT_RETENTION } from '@imgsrv/jobs';

/** Brings projection rows that an earlier release wrote up to what this one shows. */
export const REPROJECT_STREAMS: JobKind<object> = {
  name: 'reproject_streams',
  class: 'maintenance',
  maxAttempts: 5,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 30_000 },
  parsePayload: () => ({}),
};
