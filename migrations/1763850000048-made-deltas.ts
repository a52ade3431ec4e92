import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Deltas that a publish makes, of versions that artifacts name as `delta_from`, and what a step of a job tells of how it went. A
 * worker of a release before this one makes none, and publishes without: a delta is a wish.
 */
export class MadeDeltas1763850000048 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE artifacts ADD COLUMN delta_from text COLLATE "C"
        CONSTRAINT artifacts_delta_from CHECK (
          delta_from IS NULL OR (delta_from <> '' AND format IN ('squashfs', 'qcow2')))`);
    await runner.query(`
      ALTER TABLE job_steps ADD COLUMN detail text
        CONSTRAINT job_steps_detail CHECK (char_length(detail) BETWEEN 1 AND 4000)`);
    await this.guardAttachments(runner);
    await this.requireMetadata(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  /** As before for metadata; a delta of the version that its artifact names, too. */
  private async guardAttachments(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION may_be_generated(attachment attachments) RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE
        current text;
      BEGIN
        IF attachment.bound_blob_digest IS NULL THEN
          RETURN false;
        END IF;
        SELECT v.state INTO current FROM versions v
          WHERE v.id = (
            SELECT a.version_id FROM artifacts a WHERE a.id = attachment.artifact_id AND CASE
              WHEN attachment.name IN ('incus.tar.xz', 'lxd.tar.xz') THEN a.incus IS NOT NULL
              WHEN (a.format, attachment.name) IN (('squashfs', 'squashfs.vcdiff'), ('qcow2', 'disk-kvm.img.vcdiff'))
                THEN a.delta_from = attachment.base_version
              ELSE false END)
          FOR SHARE;
        RETURN COALESCE(current = 'publishing', false);
      END $$`);
  }

  /** A delta is no metadata. */
  private async requireMetadata(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION require_made_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM artifacts a WHERE a.id = NEW.artifact_id AND a.incus IS NOT NULL AND NOT EXISTS (
          SELECT FROM attachments t WHERE t.artifact_id = a.id AND t.is_generated AND t.base_version IS NULL))
        THEN
          RAISE EXCEPTION 'the metadata of the artifact is still to be made' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
  }
}
