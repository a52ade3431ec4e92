import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Provisioning rules of issuers whose keys are on another origin. The default is what an earlier release means. */
export class JwksOrigins1763850000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE oidc_provisioning_rules
        ADD COLUMN jwks_origins text[] NOT NULL DEFAULT '{}'
          CONSTRAINT oidc_provisioning_rules_jwks_origins CHECK (cardinality(jwks_origins) <= 8)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
