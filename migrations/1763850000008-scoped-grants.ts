import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Content-writer grants that are limited to some images. NULL is a grant for all, as before. */
export class ScopedGrants1763850000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE role_assignments
        ADD COLUMN image_patterns text[],
        ADD CONSTRAINT role_assignments_image_patterns CHECK (
          image_patterns IS NULL OR (role_id = 'content-writer' AND cardinality(image_patterns) BETWEEN 1 AND 64))`);
    await runner.query(`
      ALTER TABLE oidc_provisioning_rules
        ADD COLUMN image_patterns text[],
        ADD CONSTRAINT oidc_provisioning_rules_image_patterns CHECK (cardinality(image_patterns) BETWEEN 1 AND 64)`);
    // Whether somebody brought these bytes, for the holders of such grants.
    await runner.query(`
      CREATE INDEX upload_sessions_uploader ON upload_sessions (created_by, expected_digest)
        WHERE state = 'ready' AND storage_key IS NOT NULL`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
