import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What one principal holds: who made a draft, and what counts quickly how many uploads are open and how many versions are
 * not published. Versions of release N-1 have no creator and count for nobody.
 */
export class Holdings1763850000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE versions ADD COLUMN created_by uuid`);
    await runner.query(`CREATE INDEX versions_held ON versions (created_by) WHERE state <> 'published'`);
    await runner.query(`
      CREATE INDEX upload_sessions_held ON upload_sessions (created_by) WHERE state IN ('created', 'uploading')`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
