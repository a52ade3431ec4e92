import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who comes with tokens of OpenID Connect issuers: the rules that let them in, and whom they let in. */
export class Oidc1763850000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE oidc_provisioning_rules (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 255),
        issuer_url text NOT NULL CHECK (issuer_url ~ '^https?://' AND octet_length(issuer_url) <= 512),
        audience text NOT NULL CHECK (char_length(audience) BETWEEN 1 AND 255),
        forwarded_claims text[] NOT NULL CHECK (cardinality(forwarded_claims) <= 64),
        condition text NOT NULL CHECK (octet_length(condition) BETWEEN 1 AND 4096),
        enabled boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE INDEX oidc_provisioning_rules_listed ON oidc_provisioning_rules (created_at, id)`);
    await runner.query(`
      CREATE INDEX oidc_provisioning_rules_issuer ON oidc_provisioning_rules (issuer_url) WHERE enabled`);
    // A row stays when its principal is deleted, so that the same subject does not come back as somebody new.
    await runner.query(`
      CREATE TABLE oidc_identities (
        issuer_url text NOT NULL CHECK (octet_length(issuer_url) <= 512),
        subject text NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 1024),
        principal_id uuid NOT NULL UNIQUE REFERENCES principals (id),
        rule_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer_url, subject)
      )`);
    await runner.query(`CREATE INDEX oidc_identities_rule ON oidc_identities (rule_id)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
