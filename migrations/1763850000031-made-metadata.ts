import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Metadata for Incus and LXD that a publish makes of what its artifact says as `incus`: attachments that appear while a
 * version is being published, and that it has to have before it is shown to anybody.
 */
export class MadeMetadata1763850000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE artifacts ADD COLUMN incus jsonb
        CHECK (jsonb_typeof(incus) = 'object' AND octet_length(incus::text) <= 65536)`);
    await runner.query(`ALTER TABLE attachments ADD COLUMN is_generated boolean NOT NULL DEFAULT false`);
    await this.guardAttachments(runner);
    await this.removeWithPublish(runner);
    await this.requireBeforeIndex(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  /** What is generated is bound to its blob from the first moment, and is in nobody's draft. */
  private async guardAttachments(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION may_be_generated(attachment attachments) RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE
        current text;
      BEGIN
        IF attachment.bound_blob_digest IS NULL OR attachment.name NOT IN ('incus.tar.xz', 'lxd.tar.xz') THEN
          RETURN false;
        END IF;
        SELECT v.state INTO current FROM versions v
          WHERE v.id = (SELECT version_id FROM artifacts WHERE id = attachment.artifact_id AND incus IS NOT NULL)
          FOR SHARE;
        RETURN COALESCE(current = 'publishing', false);
      END $$`);
    await runner.query(`
      CREATE FUNCTION guard_generated_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' AND NEW.is_generated AND NOT may_be_generated(NEW) THEN
          RAISE EXCEPTION 'this attachment cannot be generated' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.is_generated <> OLD.is_generated THEN
          RAISE EXCEPTION 'an attachment is generated or not for ever' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER attachments_guard_generated BEFORE INSERT OR UPDATE ON attachments
        FOR EACH ROW EXECUTE FUNCTION guard_generated_attachment()`);
    // The guard of all others; what may be generated was judged by the one above.
    await runner.query(`DROP TRIGGER attachments_guard ON attachments`);
    await runner.query(`
      CREATE TRIGGER attachments_guard BEFORE UPDATE OR DELETE ON attachments
        FOR EACH ROW EXECUTE FUNCTION guard_attachment()`);
    await runner.query(`
      CREATE TRIGGER attachments_guard_insert BEFORE INSERT ON attachments
        FOR EACH ROW WHEN (NOT NEW.is_generated) EXECUTE FUNCTION guard_attachment()`);
  }

  /** A draft has only what its publisher declared. */
  private async removeWithPublish(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION remove_generated_attachments() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM attachments t USING artifacts a
          WHERE a.id = t.artifact_id AND a.version_id = NEW.id AND t.is_generated;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_remove_generated AFTER UPDATE ON versions FOR EACH ROW
        WHEN (OLD.state = 'publishing' AND NEW.state = 'draft') EXECUTE FUNCTION remove_generated_attachments()`);
  }

  /** A worker of a release before this one makes none, so it cannot index such a version; one of this release will. */
  private async requireBeforeIndex(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION require_made_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM artifacts a WHERE a.id = NEW.artifact_id AND a.incus IS NOT NULL AND NOT EXISTS (
          SELECT FROM attachments t WHERE t.artifact_id = a.id AND t.is_generated))
        THEN
          RAISE EXCEPTION 'the metadata of the artifact is still to be made' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER stream_reports_need_metadata BEFORE INSERT ON stream_reports
        FOR EACH ROW EXECUTE FUNCTION require_made_metadata()`);
  }
}
