import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For what would otherwise read tables or sort rows that only get more: lists of uploads in flight, old jobs to purge. */
export class ScaleIndexes1763850000043 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX upload_sessions_pending ON upload_sessions (created_at DESC, id)
        WHERE state IN ('created', 'uploading', 'completed', 'ingesting', 'failed')`);
    await runner.query(
      `CREATE INDEX jobs_finished ON jobs (kind, finished_at) WHERE finished_at IS NOT NULL`,
    );
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
