import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many and which published versions of an image are kept. An image without a row goes by the setting. */
export class Retention1763850000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE retention_policies (
        image_id uuid PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
        keep_newest integer CHECK (keep_newest BETWEEN 1 AND 100000),
        keep_younger_than_ms bigint CHECK (keep_younger_than_ms BETWEEN 1 AND 8640000000000),
        CONSTRAINT retention_policies_keep_something CHECK (num_nonnulls(keep_newest, keep_younger_than_ms) > 0)
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
