import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is published never changes, whoever asks: the rules of `libs/catalog` once more in the database, so that
 * neither a defect of the service nor a stray SQL session can break them.
 */
export class Immutability1763850000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% of % is refused: published content never changes', TG_OP, TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
      END $$`);
    for (const table of [
      'blobs',
      'images',
      'versions',
      'artifacts',
      'attachments',
      'aliases',
      'publish_jobs',
    ]) {
      await runner.query(`
        CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON ${table} EXECUTE FUNCTION refuse_change()`);
    }
    await runner.query(`
      CREATE TRIGGER images_keep_identity BEFORE UPDATE ON images FOR EACH ROW
        WHEN (OLD.id <> NEW.id OR OLD.name <> NEW.name) EXECUTE FUNCTION refuse_change()`);
    await this.guardVersions(runner);
    await this.guardDeclarations(runner);
    await this.guardAliases(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async guardVersions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN
          IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a version is born draft, not %', NEW.state USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' THEN
          IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a % version cannot be deleted', OLD.state USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN OLD;
        END IF;
        IF OLD.state = 'published' THEN
          RAISE EXCEPTION 'a published version never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        IF (OLD.id, OLD.image_id, OLD.version) IS DISTINCT FROM (NEW.id, NEW.image_id, NEW.version) THEN
          RAISE EXCEPTION 'a version keeps its name and image' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
          (('draft', 'publishing'), ('publishing', 'published'), ('publishing', 'draft'))
        THEN
          RAISE EXCEPTION 'a version cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.state <> OLD.state AND NEW.state <> 'draft' THEN
          IF NOT EXISTS (SELECT FROM artifacts WHERE version_id = NEW.id) THEN
            RAISE EXCEPTION 'a version without artifacts cannot be published' USING ERRCODE = 'restrict_violation';
          END IF;
          IF EXISTS (SELECT FROM artifacts WHERE version_id = NEW.id AND bound_blob_digest IS NULL)
            OR EXISTS (SELECT FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
                       WHERE a.version_id = NEW.id AND t.bound_blob_digest IS NULL)
          THEN
            RAISE EXCEPTION 'a version whose blobs are not verified cannot be published'
              USING ERRCODE = 'restrict_violation';
          END IF;
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_guard BEFORE INSERT OR UPDATE OR DELETE ON versions
        FOR EACH ROW EXECUTE FUNCTION guard_version()`);
  }

  private async guardDeclarations(runner: QueryRunner): Promise<void> {
    // The share lock makes every edit wait for a publish of the same version, and the other way round. A version
    // row that is gone means that the whole draft is being deleted.
    await runner.query(`
      CREATE FUNCTION require_draft(of_version uuid, table_name text) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        current text;
      BEGIN
        SELECT state INTO current FROM versions WHERE id = of_version FOR SHARE;
        IF current <> 'draft' THEN
          RAISE EXCEPTION '% of a % version never change', table_name, current USING ERRCODE = 'restrict_violation';
        END IF;
      END $$`);
    await runner.query(`
      CREATE FUNCTION guard_artifact() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          PERFORM require_draft(OLD.version_id, 'artifacts');
        END IF;
        IF TG_OP <> 'DELETE' THEN
          PERFORM require_draft(NEW.version_id, 'artifacts');
          RETURN NEW;
        END IF;
        RETURN OLD;
      END $$`);
    await runner.query(`
      CREATE TRIGGER artifacts_guard BEFORE INSERT OR UPDATE OR DELETE ON artifacts
        FOR EACH ROW EXECUTE FUNCTION guard_artifact()`);
    await runner.query(`
      CREATE FUNCTION guard_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          PERFORM require_draft((SELECT version_id FROM artifacts WHERE id = OLD.artifact_id), 'attachments');
        END IF;
        IF TG_OP <> 'DELETE' THEN
          PERFORM require_draft((SELECT version_id FROM artifacts WHERE id = NEW.artifact_id), 'attachments');
          RETURN NEW;
        END IF;
        RETURN OLD;
      END $$`);
    await runner.query(`
      CREATE TRIGGER attachments_guard BEFORE INSERT OR UPDATE OR DELETE ON attachments
        FOR EACH ROW EXECUTE FUNCTION guard_attachment()`);
  }

  private async guardAliases(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION guard_alias() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT state FROM versions WHERE id = NEW.version_id) IS DISTINCT FROM 'published' THEN
          RAISE EXCEPTION 'an alias points to a published version' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER aliases_guard BEFORE INSERT OR UPDATE ON aliases
        FOR EACH ROW EXECUTE FUNCTION guard_alias()`);
  }
}
