/**
 * The statements that take a job. Parameters: kinds (or one kind), lease in ms, worker. The attempt is counted here, so
 * that a crash counts; `claims` counts every claim and is never taken back.
 */
function claimOf(next: string): string {
  return `
  ${next}
  UPDATE jobs SET state = 'running', attempt = attempt + 1, claims = claims + 1, worker_id = $3,
         lease_token = gen_random_uuid(), lease_expires_at = now() + $2 * interval '1 millisecond',
         claimed_at = clock_timestamp(), progressed_at = now(),
         started_at = COALESCE(started_at, now()), updated_at = now()
    FROM next WHERE jobs.id = next.id
  RETURNING jobs.id, kind, payload, attempt, max_attempts, lease_token, traceparent`;
}

/**
 * Round robin: of all kinds and fairness keys that have a job to run, the one served longest ago; of its jobs, one whose
 * lease has expired, else the one that has waited longest. `keys` hops from key to key through an index, whatever the
 * number of jobs, and the nested loop over `turns` stops at the first job that nobody else is taking.
 */
export const CLAIM_FAIRLY = claimOf(`
  WITH RECURSIVE keys (kind, key) AS (
    SELECT k.kind, (SELECT fairness_key FROM jobs WHERE state = 'queued' AND jobs.kind = k.kind
                     ORDER BY fairness_key LIMIT 1)
      FROM unnest($1::text[]) AS k (kind)
    UNION ALL
    SELECT keys.kind, (SELECT fairness_key FROM jobs WHERE state = 'queued' AND jobs.kind = keys.kind
                          AND fairness_key > keys.key ORDER BY fairness_key LIMIT 1)
      FROM keys WHERE keys.key IS NOT NULL
  ), turns AS MATERIALIZED (
    SELECT kind, key,
           (SELECT claimed_at FROM jobs WHERE jobs.kind = due.kind AND fairness_key = due.key
               AND claimed_at IS NOT NULL ORDER BY claimed_at DESC LIMIT 1) AS served_at
      FROM (SELECT kind, key FROM keys WHERE key IS NOT NULL
            UNION
            SELECT kind, fairness_key FROM jobs
             WHERE state = 'running' AND lease_expires_at < now() AND kind = ANY ($1)) AS due
     ORDER BY served_at NULLS FIRST
  ), next AS MATERIALIZED (
    SELECT job.id FROM turns CROSS JOIN LATERAL (
      SELECT id FROM (
        SELECT id FROM jobs
         WHERE state = 'running' AND lease_expires_at < now() AND kind = turns.kind AND fairness_key = turns.key
         ORDER BY lease_expires_at LIMIT 1 FOR UPDATE SKIP LOCKED) AS expired
      UNION ALL
      SELECT id FROM (
        SELECT id FROM jobs
         WHERE state = 'queued' AND run_after <= now() AND kind = turns.kind AND fairness_key = turns.key
         ORDER BY run_after, created_at LIMIT 1 FOR UPDATE SKIP LOCKED) AS waiting
    ) AS job LIMIT 1
  )`);

/** Of one kind, the job that was begun least often: what a dependency that may be back is tried with. */
export const CLAIM_TRIAL = claimOf(`
  WITH next AS MATERIALIZED (
    SELECT id FROM jobs
     WHERE kind = $1 AND (state = 'queued' AND run_after <= now() OR state = 'running' AND lease_expires_at < now())
     ORDER BY claims, run_after LIMIT 1 FOR UPDATE SKIP LOCKED
  )`);
