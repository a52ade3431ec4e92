import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which versions and images have to be recorded in the store, and which record of each is there. Triggers mark what
 * changes, in the transaction of the change. A release before this one marks as well, and records nothing.
 */
export class Records1763850000027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.addRecords(runner);
    await this.markVersions(runner);
    await this.markImages(runner);
    await this.markBlobs(runner);
    await this.markWhatIsThere(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  /**
   * A revision is the time of the change in microseconds, or one more than the last where the clock is behind: so one
   * that is made after an old dump was restored is above all that were made after that dump.
   */
  private async addRecords(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stored_records (
        subject text COLLATE "C" NOT NULL CHECK (subject IN ('images', 'versions')),
        subject_id uuid NOT NULL,
        is_published boolean NOT NULL,
        revision bigint NOT NULL CHECK (revision > 0),
        stored_revision bigint CHECK (stored_revision BETWEEN 1 AND revision),
        storage_key text COLLATE "C" UNIQUE,
        PRIMARY KEY (subject, subject_id),
        CONSTRAINT stored_records_object CHECK ((stored_revision IS NULL) = (storage_key IS NULL))
      )`);
    await runner.query(`
      CREATE INDEX stored_records_due ON stored_records (revision)
        WHERE is_published AND stored_revision IS DISTINCT FROM revision`);
    await runner.query(`
      CREATE FUNCTION mark_record(of_subject text, of_id uuid, of_published boolean) RETURNS void
        LANGUAGE plpgsql AS $$
      DECLARE
        now_us bigint := extract(epoch FROM clock_timestamp()) * 1000000;
      BEGIN
        INSERT INTO stored_records AS r (subject, subject_id, is_published, revision)
          VALUES (of_subject, of_id, of_published, now_us)
          ON CONFLICT (subject, subject_id) DO UPDATE
            SET revision = greatest(r.revision + 1, now_us), is_published = r.is_published OR of_published;
      END $$`);
  }

  /** An image counts as published from its first published version on. */
  private async markVersions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION record_version() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM mark_record('versions', NEW.id, true);
        IF NOT EXISTS (
          SELECT FROM stored_records WHERE subject = 'images' AND subject_id = NEW.image_id AND is_published)
        THEN
          PERFORM mark_record('images', NEW.image_id, true);
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_record AFTER UPDATE ON versions FOR EACH ROW
        WHEN (NEW.state IN ('published', 'withdrawn') AND OLD.* IS DISTINCT FROM NEW.*)
        EXECUTE FUNCTION record_version()`);
    await runner.query(`
      CREATE FUNCTION record_projection() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM mark_record('versions', v.id, true) FROM versions v
          WHERE v.id = COALESCE(NEW.version_id, OLD.version_id) AND v.state IN ('published', 'withdrawn');
        RETURN NULL;
      END $$`);
    for (const table of ['stream_roots', 'stream_reports']) {
      await runner.query(`
        CREATE TRIGGER ${table}_record AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW
          EXECUTE FUNCTION record_projection()`);
    }
  }

  /** An image that is deleted was never published, so there is no record of it. */
  private async markImages(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION record_image() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          DELETE FROM stored_records WHERE subject = 'images' AND subject_id = OLD.id AND NOT is_published;
        ELSE
          PERFORM mark_record('images', NEW.id, false);
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER images_record AFTER UPDATE OR DELETE ON images FOR EACH ROW EXECUTE FUNCTION record_image()`);
    await runner.query(`
      CREATE FUNCTION record_part_of_image() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM mark_record('images', i.id, false) FROM images i
          WHERE i.id = COALESCE(NEW.image_id, OLD.image_id);
        RETURN NULL;
      END $$`);
    for (const table of ['aliases', 'retention_policies']) {
      await runner.query(`
        CREATE TRIGGER ${table}_record AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW
          EXECUTE FUNCTION record_part_of_image()`);
    }
  }

  /** A blob that is repaired may have another key from then on, which the records of its versions have to name. */
  private async markBlobs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION record_blob() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM mark_record('versions', bound.version_id, true) FROM (
          SELECT a.version_id FROM artifacts a WHERE a.bound_blob_digest = NEW.digest
          UNION SELECT a.version_id FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
                 WHERE t.bound_blob_digest = NEW.digest
          ORDER BY version_id) AS bound
          JOIN versions v ON v.id = bound.version_id AND v.state IN ('published', 'withdrawn');
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blobs_record AFTER UPDATE ON blobs FOR EACH ROW
        WHEN (OLD.state <> NEW.state OR OLD.storage_key <> NEW.storage_key) EXECUTE FUNCTION record_blob()`);
  }

  /** What was published before is recorded by the same job as what is published later. */
  private async markWhatIsThere(runner: QueryRunner): Promise<void> {
    await runner.query(`
      SELECT mark_record('versions', id, true) FROM versions WHERE state IN ('published', 'withdrawn')`);
    await runner.query(`
      SELECT mark_record('images', i.id, true) FROM images i
        WHERE EXISTS (SELECT FROM versions v WHERE v.image_id = i.id AND v.state IN ('published', 'withdrawn'))`);
  }
}
