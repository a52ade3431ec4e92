import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Counts of what is stored, kept by a worker for the metrics, so that nobody counts on a scrape; and the trace that a
 * job belongs to. Both only add.
 */
export class Statistics1763850000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE statistics (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        figures jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(figures) = 'array'),
        duration_seconds double precision CHECK (duration_seconds >= 0),
        counted_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL DEFAULT '-infinity'
      )`);
    await runner.query(`INSERT INTO statistics DEFAULT VALUES`);
    await runner.query(`ALTER TABLE jobs ADD COLUMN traceparent text CHECK (length(traceparent) <= 64)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
