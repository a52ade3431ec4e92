import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Provisioning rules may have a readable id. One without a name goes by its UUID, as before. */
export class RuleNames1763850000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE oidc_provisioning_rules
        ADD COLUMN name text COLLATE "C" UNIQUE,
        ADD CONSTRAINT oidc_provisioning_rules_name CHECK (
          name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' AND name !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
