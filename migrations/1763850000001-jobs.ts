import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The durable queue: jobs with leases and their persisted steps. */
export class Jobs1763850000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE jobs (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        kind text NOT NULL CHECK (kind <> ''),
        payload jsonb NOT NULL,
        state text NOT NULL DEFAULT 'queued'
          CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
        attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        max_attempts integer NOT NULL CHECK (max_attempts > 0),
        run_after timestamptz NOT NULL DEFAULT now(),
        singleton_key text,
        lease_token uuid,
        lease_expires_at timestamptz,
        worker_id text,
        last_error text,
        started_at timestamptz,
        finished_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT jobs_lease_while_running CHECK (
          CASE WHEN state = 'running'
            THEN lease_token IS NOT NULL AND lease_expires_at IS NOT NULL AND worker_id IS NOT NULL
              AND started_at IS NOT NULL AND attempt > 0
            ELSE lease_token IS NULL AND lease_expires_at IS NULL AND worker_id IS NULL
          END),
        CONSTRAINT jobs_finished_when_over CHECK (
          (state IN ('succeeded', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
        CONSTRAINT jobs_failure_has_reason CHECK (state <> 'failed' OR last_error IS NOT NULL)
      )`);
    await runner.query(`CREATE INDEX jobs_queued ON jobs (kind, run_after) WHERE state = 'queued'`);
    await runner.query(`CREATE INDEX jobs_running ON jobs (lease_expires_at) WHERE state = 'running'`);
    await runner.query(`
      CREATE UNIQUE INDEX jobs_singleton ON jobs (kind, singleton_key)
        WHERE singleton_key IS NOT NULL AND state IN ('queued', 'running')`);
    await runner.query(`
      CREATE TABLE job_steps (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        name text NOT NULL,
        sequence integer NOT NULL CHECK (sequence > 0),
        blocking boolean NOT NULL DEFAULT true,
        state text NOT NULL DEFAULT 'queued'
          CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'skipped')),
        attempt_count integer NOT NULL DEFAULT 0 CHECK (attempt_count >= 0),
        failure_message text,
        progress_done_bytes bigint,
        progress_total_bytes bigint,
        started_at timestamptz,
        finished_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (job_id, name),
        UNIQUE (job_id, sequence),
        CONSTRAINT job_steps_finished_when_over CHECK (
          (state IN ('succeeded', 'failed', 'skipped')) = (finished_at IS NOT NULL)),
        CONSTRAINT job_steps_failure_has_reason CHECK (state <> 'failed' OR failure_message IS NOT NULL),
        CONSTRAINT job_steps_progress CHECK (
          (progress_done_bytes IS NULL) = (progress_total_bytes IS NULL)
          AND progress_done_bytes BETWEEN 0 AND progress_total_bytes)
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
