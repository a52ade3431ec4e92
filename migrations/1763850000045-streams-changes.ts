import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which images a revision of what is published is about, so that a process reads again only those. Whoever advances the
 * revision without saying so, as a release before this one does, a rebuild, or an operator, makes everybody read everything.
 */
export class StreamsChanges1763850000045 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // No foreign key: the removal of an image would take this row before that of the counter, a publish after it.
    await runner.query(`
      CREATE TABLE stream_image_changes (
        image_id uuid PRIMARY KEY,
        revision bigint NOT NULL
      )`);
    await runner.query(`CREATE INDEX stream_image_changes_revision ON stream_image_changes (revision)`);
    await runner.query(`
      ALTER TABLE streams_revision
        ADD COLUMN noted_revision bigint NOT NULL DEFAULT 0,
        ADD COLUMN full_revision bigint NOT NULL DEFAULT 0`);
    await runner.query(`
      CREATE FUNCTION guard_streams_revision() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.noted_revision <> NEW.revision THEN
          NEW.full_revision := NEW.revision;
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER streams_revision_guard BEFORE UPDATE ON streams_revision FOR EACH ROW
        EXECUTE FUNCTION guard_streams_revision()`);
    await this.noteImages(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  /**
   * Whoever changes the catalogue may note it, and needs no rights on the tables for that. Commits are ordered by the lock of
   * the counter: who sees a revision sees every image with that one or a lower one.
   */
  private async noteImages(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION note_streams_change(changed_image uuid) RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        noted bigint;
      BEGIN
        UPDATE streams_revision SET revision = revision + 1, noted_revision = revision + 1,
          advanced_at = greatest(advanced_at, clock_timestamp()) RETURNING revision INTO noted;
        IF noted IS NULL THEN
          RAISE EXCEPTION 'streams_revision has lost its row';
        END IF;
        INSERT INTO stream_image_changes (image_id, revision) SELECT changed_image, noted WHERE changed_image IS NOT NULL
          ON CONFLICT (image_id) DO UPDATE SET revision = excluded.revision;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION advance_streams_revision() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_TABLE_NAME = 'channels' THEN
          PERFORM note_streams_change(NULL);
        ELSIF TG_TABLE_NAME = 'images' THEN
          PERFORM note_streams_change(NEW.id);
        ELSIF TG_OP = 'DELETE' THEN
          PERFORM note_streams_change(OLD.image_id);
        ELSE
          PERFORM note_streams_change(NEW.image_id);
        END IF;
        RETURN NULL;
      END $$`);
  }
}
