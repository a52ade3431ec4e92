import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For the page of drafts, newest first: without it every draft and every withdrawn version is read and sorted. */
export class DraftsIndex1763850000050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX versions_unpublished ON versions (created_at DESC, id DESC) WHERE state IN ('draft', 'publishing')`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
