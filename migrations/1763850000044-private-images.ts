import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Images that not everybody may see, and who may. A release before this one shows every published image to everybody: make an
 * image private once none of its processes runs any more.
 */
export class PrivateImages1763850000044 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE images ADD COLUMN visibility text NOT NULL DEFAULT 'public'
        CONSTRAINT images_visibility CHECK (visibility IN ('public', 'internal', 'private'))`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER images_advance_streams AFTER UPDATE ON images
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION advance_streams_revision()`);
    await runner.query(`
      ALTER TABLE role_assignments DROP CONSTRAINT role_assignments_role_id_check,
        ADD CONSTRAINT role_assignments_role_id_check
          CHECK (role_id IN ('auth-manager', 'content-admin', 'content-reader', 'content-writer', 'storage-manager')),
        DROP CONSTRAINT role_assignments_image_patterns,
        ADD CONSTRAINT role_assignments_image_patterns CHECK (
          image_patterns IS NULL
          OR (role_id IN ('content-reader', 'content-writer') AND cardinality(image_patterns) BETWEEN 1 AND 64))`);
    await runner.query(`
      ALTER TABLE oidc_provisioning_rules ADD COLUMN role_ids text[] NOT NULL DEFAULT '{content-writer}'
        CONSTRAINT oidc_provisioning_rules_role_ids
          CHECK (cardinality(role_ids) BETWEEN 1 AND 2 AND role_ids <@ '{content-reader, content-writer}')`);
    await this.addReadLinks(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  /** Addresses that show somebody what a principal sees of some images, without another credential. */
  private async addReadLinks(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read_links (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        public_id text COLLATE "C" NOT NULL UNIQUE CHECK (public_id <> ''),
        secret_sha256 bytea NOT NULL CHECK (octet_length(secret_sha256) = 32),
        principal_id uuid NOT NULL REFERENCES principals (id),
        name text NOT NULL,
        image_patterns text[] CHECK (cardinality(image_patterns) BETWEEN 1 AND 64),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
      )`);
    await runner.query(`CREATE INDEX read_links_principal ON read_links (principal_id, created_at, id)`);
  }
}
