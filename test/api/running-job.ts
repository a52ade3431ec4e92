import type { JobId, RunningJob } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';

/** A job as a worker would run it, but that nobody else claims. */
export function runningJob<Payload extends object>(
  database: Database,
  id: JobId,
  payload: Payload,
): RunningJob<Payload> {
  return {
    id,
    payload,
    attempt: 1,
    signal: new AbortController().signal,
    expectBytes: () => undefined,
    progressed: () => undefined,
    fenced: (work) => database.transaction(work),
    complete: (work) => database.transaction(work),
    step: () => Promise.reject(new Error('the job has no steps')),
  };
}
