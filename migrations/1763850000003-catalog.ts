import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Images, versions, artifacts, attachments and aliases. */
export class Catalog1763850000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE images (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name text NOT NULL CONSTRAINT images_name_unique UNIQUE
          CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,127}$'),
        display_name text,
        description text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE versions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        image_id uuid NOT NULL REFERENCES images (id),
        version text NOT NULL CHECK (version ~ '^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$'),
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
        variant text NOT NULL,
        operating_system text NOT NULL,
        architecture text NOT NULL,
        format text NOT NULL,
        primary_blob_digest digest NOT NULL,
        primary_blob_size_bytes bigint NOT NULL CHECK (primary_blob_size_bytes >= 0),
        primary_media_type text NOT NULL,
        bound_blob_digest digest,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT artifacts_unique UNIQUE (version_id, variant, operating_system, architecture, format),
        CONSTRAINT artifacts_bound_as_declared CHECK (bound_blob_digest = primary_blob_digest),
        CONSTRAINT artifacts_blob FOREIGN KEY (bound_blob_digest, primary_blob_size_bytes)
          REFERENCES blobs (digest, size_bytes)
      )`);
    await runner.query(`CREATE INDEX artifacts_primary_blob ON artifacts (primary_blob_digest)`);
    await runner.query(`
      CREATE TABLE attachments (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        artifact_id uuid NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
        name text NOT NULL,
        media_type text NOT NULL,
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
    await runner.query(`
      CREATE TABLE aliases (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        image_id uuid NOT NULL REFERENCES images (id),
        alias text NOT NULL CHECK (alias ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
        version_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT aliases_name_unique UNIQUE (image_id, alias),
        CONSTRAINT aliases_same_image FOREIGN KEY (version_id, image_id) REFERENCES versions (id, image_id)
      )`);
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
