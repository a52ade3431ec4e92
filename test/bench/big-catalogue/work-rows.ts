import type { Rows } from './big-catalogue.js';

/** As many finished jobs of either kind as there are versions, some that wait, and an audit log. */
export const WORK: readonly Rows[] = [
  {
    table: 'jobs',
    insert: `INSERT INTO jobs (id, kind, payload, state, attempt, max_attempts, started_at, finished_at, created_at, fairness_key,
        claims, claimed_at)
      SELECT pg_temp.id(kind, n), kind, '{}', 'succeeded', 1, 5, at, at, at, pg_temp.id('principal', 1 + n % 200)::text, 1, at
        FROM generate_series(1, :versions) AS n, unnest(ARRAY['ingest_blob', 'publish_version']) AS kind,
             LATERAL (SELECT now() - interval '2 years' * ((:versions - n)::float / :versions) AS at)`,
  },
  {
    table: 'jobs',
    insert: `INSERT INTO jobs (id, kind, payload, max_attempts, run_after, fairness_key)
      SELECT pg_temp.id('waiting', n), 'ingest_blob', '{}', 5, now() - interval '1 second' * (n % 100),
             pg_temp.id('principal', 1 + n % 200)::text
        FROM generate_series(1, ceil(:versions * 0.01)::bigint) AS n`,
  },
  {
    table: 'publish_jobs',
    insert: `INSERT INTO publish_jobs (job_id, version_id)
      SELECT pg_temp.id('publish_version', n), pg_temp.id('version', n) FROM generate_series(1, :versions) AS n`,
  },
  {
    table: 'audit_events',
    insert: `INSERT INTO audit_events (occurred_at, principal_id, action, resource, outcome)
      SELECT now() - interval '1 day' * ((:versions - n)::float / :versions), pg_temp.id('principal', 1 + n % 200),
             'version.publish', 'images/image-' || lpad((1 + (n - 1) % :images)::text, 6, '0') || '/versions/1.' || n / :images,
             CASE WHEN n % 1000 = 0 THEN 'denied' ELSE 'success' END
        FROM generate_series(1, :versions) AS n`,
  },
];
