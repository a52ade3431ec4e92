import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whom a job is for, and when and how often it was claimed, so that workers can serve everyone in turn. Only adds: a
 * release that does not know of it claims as before, and its jobs are those of one more key.
 */
export class JobFairness1763850000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE jobs
        ADD COLUMN fairness_key text NOT NULL DEFAULT '' CHECK (length(fairness_key) <= 128),
        ADD COLUMN claims integer NOT NULL DEFAULT 0 CHECK (claims >= 0),
        ADD COLUMN claimed_at timestamptz`);
    await runner.query(`
      CREATE INDEX jobs_turns ON jobs (kind, fairness_key, run_after, created_at) WHERE state = 'queued'`);
    await runner.query(`
      CREATE INDEX jobs_served ON jobs (kind, fairness_key, claimed_at DESC) WHERE claimed_at IS NOT NULL`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
