import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Images, versions, artifacts, attachments and aliases. */
export class Catalog1763850000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE DOMAIN token AS text COLLATE "C" CHECK (VALUE ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$')`);
    await runner.query(`
      CREATE TABLE images (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name text COLLATE "C" NOT NULL CONSTRAINT images_name_unique UNIQUE
          CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,127}$'),
        display_name text CHECK (length(display_name) <= 256),
        description text CHECK (length(description) <= 4096),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE versions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        image_id uuid NOT NULL REFERENCES images (id),
        version text COLLATE "C" NOT NULL CHECK (version ~ '^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$'),
        state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'publishing', 'published')),
        published_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT versions_name_unique UNIQUE (image_id, version),
        UNIQUE (id, image_id),
        CONSTRAINT versions_published_at CHECK ((state = 'published') = (published_at IS NOT NULL))
      )`);
    await runner.query(`
      CREATE INDEX versions_published ON versions (image_id, published_at DESC, id) WHERE state = 'published'`);
    await runner.query(`
      CREATE TABLE artifacts (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        version_id uuid NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        variant token NOT NULL,
        operating_system token NOT NULL,
        architecture token NOT NULL,
        format text COLLATE "C" NOT NULL,
        primary_blob_digest digest NOT NULL,
        primary_blob_size_bytes bigint NOT NULL CHECK (primary_blob_size_bytes >= 0),
        primary_media_type text NOT NULL CHECK (length(primary_media_type) <= 255),
        bound_blob_digest digest,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT artifacts_unique UNIQUE (version_id, variant, operating_system, architecture, format),
        CONSTRAINT artifacts_bound_as_declared CHECK (bound_blob_digest = primary_blob_digest),
        CONSTRAINT artifacts_blob FOREIGN KEY (bound_blob_digest, primary_blob_size_bytes)
          REFERENCES blobs (digest, size_bytes)
      )`);
    await runner.query(`CREATE INDEX artifacts_primary_blob ON artifacts (primary_blob_digest)`);
    await runner.query(`CREATE INDEX artifacts_bound_blob ON artifacts (bound_blob_digest)`);
    await runner.query(`
      CREATE TABLE attachments (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        artifact_id uuid NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
        name token NOT NULL,
        media_type text NOT NULL CHECK (length(media_type) <= 255),
        blob_digest digest NOT NULL,
        blob_size_bytes bigint NOT NULL CHECK (blob_size_bytes >= 0),
        bound_blob_digest digest,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT attachments_name_unique UNIQUE (artifact_id, name),
        CONSTRAINT attachments_bound_as_declared CHECK (bound_blob_digest = blob_digest),
        CONSTRAINT attachments_blob FOREIGN KEY (bound_blob_digest, blob_size_bytes)
          REFERENCES blobs (digest, size_bytes)
      )`);
    await runner.query(`CREATE INDEX attachments_blob_digest ON attachments (blob_digest)`);
    await runner.query(`CREATE INDEX attachments_bound_blob ON attachments (bound_blob_digest)`);
    await runner.query(`
      CREATE TABLE aliases (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        image_id uuid NOT NULL REFERENCES images (id),
        alias text COLLATE "C" NOT NULL CHECK (alias ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
        version_id uuid NOT NULL,
        revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT aliases_name_unique UNIQUE (image_id, alias),
        CONSTRAINT aliases_same_image FOREIGN KEY (version_id, image_id) REFERENCES versions (id, image_id)
      )`);
    await runner.query(`CREATE INDEX aliases_version ON aliases (version_id)`);
    await runner.query(`
      CREATE TABLE publish_jobs (
        job_id uuid PRIMARY KEY REFERENCES jobs (id),
        version_id uuid NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX publish_jobs_version ON publish_jobs (version_id, created_at DESC)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
