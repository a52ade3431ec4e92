import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What goes out again: blobs that nothing refers to, and what lies in the store although no row knows it. A release that
 * does not know of it collects nothing, and takes the locks that this one needs when it refers to a blob.
 */
export class Collection1763850000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.addCandidates(runner);
    await this.addStrays(runner);
    await this.guardBlobs(runner);
    await runner.query(`
      ALTER TABLE role_assignments
        DROP CONSTRAINT role_assignments_role_id_check,
        ADD CONSTRAINT role_assignments_role_id_check
          CHECK (role_id IN ('auth-manager', 'content-writer', 'storage-manager'))`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async addCandidates(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE collection_candidates (
        digest digest PRIMARY KEY REFERENCES blobs (digest) ON DELETE CASCADE,
        since timestamptz NOT NULL DEFAULT now(),
        review_after timestamptz NOT NULL CHECK (review_after >= since)
      )`);
    await runner.query(`CREATE INDEX collection_candidates_review ON collection_candidates (review_after)`);
    // How far a job has come, so that the next attempt goes on there, and what it found.
    await runner.query(`
      CREATE TABLE collection_runs (
        job_id uuid PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
        after_digest text NOT NULL DEFAULT '',
        report jsonb NOT NULL CHECK (jsonb_typeof(report) = 'object'),
        is_full boolean NOT NULL,
        ended_at timestamptz
      )`);
  }

  private async addStrays(runner: QueryRunner): Promise<void> {
    // An empty multipart_upload_id stands for the object itself.
    await runner.query(`
      CREATE TABLE stray_objects (
        storage_key text COLLATE "C" NOT NULL CHECK (storage_key <> ''),
        multipart_upload_id text COLLATE "C" NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (storage_key, multipart_upload_id)
      )`);
    await runner.query(`
      CREATE TABLE store_sweep (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        next_partition smallint NOT NULL DEFAULT 0 CHECK (next_partition BETWEEN 0 AND 15),
        ended_at timestamptz
      )`);
    await runner.query(`INSERT INTO store_sweep DEFAULT VALUES`);
  }

  /** Foreign keys keep what versions are bound to. The rest of the rule, and who was told, is here. */
  private async guardBlobs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION guard_blob_removal() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NOT EXISTS (
          SELECT FROM collection_candidates WHERE digest = OLD.digest AND review_after <= now())
        THEN
          RAISE EXCEPTION 'a blob is removed only as a candidate whose time has come'
            USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blobs_guard_removal BEFORE DELETE ON blobs
        FOR EACH ROW EXECUTE FUNCTION guard_blob_removal()`);
    // The worker has no part in who may do what: it need not be able to write into the audit log.
    await runner.query(`
      CREATE FUNCTION audit_collected_blob() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO audit_events (action, resource, outcome, before)
          VALUES ('blob.collected', 'blobs/' || OLD.digest, 'success',
            jsonb_build_object('size_bytes', OLD.size_bytes));
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blobs_audit_collected AFTER DELETE ON blobs
        FOR EACH ROW EXECUTE FUNCTION audit_collected_blob()`);
  }
}
