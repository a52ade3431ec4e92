import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Principals, their roles and their API tokens. */
export class Auth1763850000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE principals (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        kind text NOT NULL CHECK (kind IN ('user', 'service')),
        display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 255),
        attributes jsonb CHECK (jsonb_typeof(attributes) = 'object'),
        disabled boolean NOT NULL DEFAULT false,
        deleted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE INDEX principals_listed ON principals (created_at, id) WHERE deleted_at IS NULL`);
    await runner.query(`
      CREATE TABLE role_assignments (
        principal_id uuid NOT NULL REFERENCES principals (id),
        role_id text NOT NULL CHECK (role_id IN ('auth-manager', 'content-writer')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (principal_id, role_id)
      )`);
    await runner.query(`
      CREATE TABLE api_tokens (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        public_id text NOT NULL UNIQUE CHECK (public_id ~ '^[0-9A-Za-z]{16}$'),
        secret_sha256 bytea NOT NULL CHECK (length(secret_sha256) = 32),
        principal_id uuid NOT NULL REFERENCES principals (id),
        name text NOT NULL CHECK (char_length(name) <= 255),
        expires_at timestamptz NOT NULL,
        last_used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX api_tokens_principal ON api_tokens (principal_id, created_at, id)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
