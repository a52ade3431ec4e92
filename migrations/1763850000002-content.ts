import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Verified blobs and the upload sessions that bring them. */
export class Content1763850000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE DOMAIN digest AS text CHECK (VALUE ~ '^sha256:[0-9a-f]{64}$')`);
    await runner.query(`
      CREATE TABLE blobs (
        digest digest PRIMARY KEY,
        size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
        storage_key text NOT NULL UNIQUE,
        detected_format text NOT NULL,
        detected_inside_gzip text,
        virtual_size_bytes bigint CHECK (virtual_size_bytes >= 0),
        format_refusal text,
        verified_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (digest, size_bytes)
      )`);
    await runner.query(`
      CREATE TABLE upload_sessions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        expected_digest digest NOT NULL,
        expected_size_bytes bigint NOT NULL CHECK (expected_size_bytes >= 0),
        state text NOT NULL DEFAULT 'created'
          CHECK (state IN ('created', 'uploading', 'completed', 'ingesting', 'ready', 'failed', 'aborted')),
        media_type_hint text,
        filename_hint text,
        failure_code text,
        failure_detail text,
        storage_key text UNIQUE,
        multipart_upload_id text,
        bytes_verified bigint NOT NULL DEFAULT 0 CHECK (bytes_verified BETWEEN 0 AND expected_size_bytes),
        created_by uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT upload_sessions_failure CHECK (
          (state = 'failed') = (failure_code IS NOT NULL AND failure_detail IS NOT NULL)),
        CONSTRAINT upload_sessions_object CHECK (
          (storage_key IS NULL) = (multipart_upload_id IS NULL) AND (storage_key IS NOT NULL OR state = 'ready'))
      )`);
    await runner.query(`
      CREATE INDEX upload_sessions_expiry ON upload_sessions (expires_at) WHERE state IN ('created', 'uploading')`);
    await runner.query(`
      CREATE TABLE upload_parts (
        upload_id uuid NOT NULL REFERENCES upload_sessions (id) ON DELETE CASCADE,
        part_number integer NOT NULL CHECK (part_number BETWEEN 1 AND 10000),
        etag text NOT NULL CHECK (etag <> ''),
        size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
        recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (upload_id, part_number)
      )`);
    await runner.query(`
      CREATE FUNCTION keep_blob() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (OLD.digest, OLD.size_bytes, OLD.storage_key, OLD.detected_format, OLD.detected_inside_gzip,
            OLD.virtual_size_bytes, OLD.format_refusal, OLD.verified_at)
          IS DISTINCT FROM (NEW.digest, NEW.size_bytes, NEW.storage_key, NEW.detected_format,
            NEW.detected_inside_gzip, NEW.virtual_size_bytes, NEW.format_refusal, NEW.verified_at)
        THEN
          RAISE EXCEPTION 'a verified blob never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blobs_keep BEFORE UPDATE ON blobs FOR EACH ROW EXECUTE FUNCTION keep_blob()`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
