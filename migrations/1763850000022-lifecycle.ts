import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Published versions that are deprecated, which only marks them, and withdrawn, which takes them out of sight for good or
 * until they are restored. A release before this one sees withdrawn versions as it sees drafts.
 */
export class Lifecycle1763850000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.addColumns(runner);
    await this.guardVersions(runner);
    await this.guardDeclarations(runner);
    await this.guardAliases(runner);
    await this.tellStreams(runner);
    await this.auditStates(runner);
    // What withdraws has a role of its own. The third name is that of another new role, whichever migration is first.
    await runner.query(`
      ALTER TABLE role_assignments DROP CONSTRAINT role_assignments_role_id_check,
        ADD CONSTRAINT role_assignments_role_id_check
          CHECK (role_id IN ('auth-manager', 'content-admin', 'content-writer', 'storage-manager'))`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async addColumns(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE versions
        ADD COLUMN deprecated_at timestamptz,
        ADD COLUMN deprecation_reason text CHECK (char_length(deprecation_reason) BETWEEN 1 AND 1024),
        ADD COLUMN deprecation_successor text COLLATE "C",
        ADD COLUMN withdrawn_at timestamptz,
        ADD COLUMN withdrawal_reason text CHECK (char_length(withdrawal_reason) BETWEEN 1 AND 1024),
        ADD COLUMN withdrawn_by text CHECK (withdrawn_by IN ('request', 'retention')),
        ADD COLUMN restorable_until timestamptz,
        ADD COLUMN restored_at timestamptz,
        ADD COLUMN released_at timestamptz,
        DROP CONSTRAINT versions_state_check,
        ADD CONSTRAINT versions_state_check CHECK (state IN ('draft', 'publishing', 'published', 'withdrawn')),
        DROP CONSTRAINT versions_published_at,
        ADD CONSTRAINT versions_published_at
          CHECK ((state IN ('published', 'withdrawn')) = (published_at IS NOT NULL)),
        ADD CONSTRAINT versions_deprecation CHECK (
          (deprecated_at IS NULL) = (deprecation_reason IS NULL)
          AND (deprecation_successor IS NULL OR (deprecated_at IS NOT NULL AND deprecation_successor <> version))
          AND (deprecated_at IS NULL OR published_at IS NOT NULL)),
        ADD CONSTRAINT versions_withdrawal CHECK (
          num_nonnulls(withdrawn_at, withdrawal_reason, withdrawn_by, restorable_until)
            = CASE state WHEN 'withdrawn' THEN 4 ELSE 0 END
          AND restorable_until > withdrawn_at),
        ADD CONSTRAINT versions_release CHECK (released_at IS NULL OR state = 'withdrawn')`);
    await runner.query(`
      CREATE INDEX versions_unreleased ON versions (restorable_until)
        WHERE state = 'withdrawn' AND released_at IS NULL`);
  }

  /**
   * Of what was published a version keeps everything. What changes is compared by leaving it out of the whole row, so
   * that a column of a later release is guarded before anybody thinks of it.
   */
  private async guardVersions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION changes_only(old_row jsonb, new_row jsonb, columns text[]) RETURNS boolean
        LANGUAGE sql IMMUTABLE AS $$ SELECT old_row - columns = new_row - columns $$`);
    await runner.query(`
      CREATE FUNCTION has_unbound_declarations(of_version uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM artifacts WHERE version_id = of_version AND bound_blob_digest IS NULL)
          OR EXISTS (SELECT FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
                      WHERE a.version_id = of_version AND t.bound_blob_digest IS NULL) $$`);
    await runner.query(`
      CREATE FUNCTION guard_published_version(old_row versions, new_row versions) RETURNS void
        LANGUAGE plpgsql AS $$
      DECLARE
        move text := old_row.state || ' to ' || new_row.state;
        mutable text[] := CASE move
          WHEN 'published to published' THEN '{deprecated_at, deprecation_reason, deprecation_successor}'
          WHEN 'published to withdrawn' THEN '{state, withdrawn_at, withdrawal_reason, withdrawn_by, restorable_until}'
          WHEN 'withdrawn to published'
            THEN '{state, withdrawn_at, withdrawal_reason, withdrawn_by, restorable_until, restored_at}'
          WHEN 'withdrawn to withdrawn' THEN '{released_at}'
          ELSE '{}'
        END;
      BEGIN
        IF NOT changes_only(to_jsonb(old_row), to_jsonb(new_row), mutable) THEN
          RAISE EXCEPTION 'a % version never changes', old_row.state USING ERRCODE = 'restrict_violation';
        END IF;
        IF move = 'published to withdrawn' AND EXISTS (SELECT FROM aliases WHERE version_id = old_row.id) THEN
          RAISE EXCEPTION 'a version that an alias names cannot be withdrawn' USING ERRCODE = 'restrict_violation';
        END IF;
        IF move = 'withdrawn to published' AND (old_row.restorable_until <= now() OR old_row.released_at IS NOT NULL
          OR has_unbound_declarations(old_row.id))
        THEN
          RAISE EXCEPTION 'a withdrawn version is restored within its window only' USING ERRCODE = 'restrict_violation';
        END IF;
        IF old_row.released_at IS DISTINCT FROM new_row.released_at
          AND (old_row.released_at IS NOT NULL OR old_row.restorable_until > now())
        THEN
          RAISE EXCEPTION 'the blobs of a withdrawn version are released once, after its window'
            USING ERRCODE = 'restrict_violation';
        END IF;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF OLD.state IN ('published', 'withdrawn') THEN
          PERFORM guard_published_version(OLD, NEW);
          RETURN NEW;
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
          IF has_unbound_declarations(NEW.id) THEN
            RAISE EXCEPTION 'a version whose blobs are not verified cannot be published'
              USING ERRCODE = 'restrict_violation';
          END IF;
        END IF;
        RETURN NEW;
      END $$`);
  }

  /** After its window a withdrawn version lets go of its blobs; what it declared stays to be read. */
  private async guardDeclarations(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION lets_go_of_blob(of_version uuid, old_row jsonb, new_row jsonb) RETURNS boolean
        LANGUAGE plpgsql AS $$
      DECLARE
        is_over boolean;
      BEGIN
        IF new_row ->> 'bound_blob_digest' IS NOT NULL
          OR NOT changes_only(old_row, new_row, '{bound_blob_digest}')
        THEN
          RETURN false;
        END IF;
        SELECT state = 'withdrawn' AND restorable_until <= now() INTO is_over
          FROM versions WHERE id = of_version FOR SHARE;
        RETURN COALESCE(is_over, false);
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION guard_artifact() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND lets_go_of_blob(OLD.version_id, to_jsonb(OLD), to_jsonb(NEW)) THEN
          RETURN NEW;
        END IF;
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
      CREATE OR REPLACE FUNCTION guard_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        old_version uuid;
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          old_version := (SELECT version_id FROM artifacts WHERE id = OLD.artifact_id);
        END IF;
        IF TG_OP = 'UPDATE' AND lets_go_of_blob(old_version, to_jsonb(OLD), to_jsonb(NEW)) THEN
          RETURN NEW;
        END IF;
        IF TG_OP <> 'INSERT' THEN
          PERFORM require_draft(old_version, 'attachments');
        END IF;
        IF TG_OP <> 'DELETE' THEN
          PERFORM require_draft((SELECT version_id FROM artifacts WHERE id = NEW.artifact_id), 'attachments');
          RETURN NEW;
        END IF;
        RETURN OLD;
      END $$`);
  }

  /** The share lock makes an alias wait for a withdrawal of the version that it is to name, and the other way round. */
  private async guardAliases(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION guard_alias() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        current text;
      BEGIN
        SELECT state INTO current FROM versions WHERE id = NEW.version_id FOR SHARE;
        IF current IS DISTINCT FROM 'published' THEN
          RAISE EXCEPTION 'an alias points to a published version' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
  }

  private async tellStreams(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER versions_advance_streams ON versions`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER versions_advance_streams AFTER UPDATE ON versions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN ((NEW.state = 'published') <> (OLD.state = 'published')
          OR (NEW.state = 'published' AND (NEW.deprecated_at IS NULL) <> (OLD.deprecated_at IS NULL)))
        EXECUTE FUNCTION advance_streams_revision()`);
  }

  /** Whoever restores a version says so in the log; retention runs in a worker, which cannot write there. */
  private async auditStates(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER versions_audit_published ON versions`);
    await runner.query(`
      CREATE TRIGGER versions_audit_published AFTER UPDATE OF state ON versions FOR EACH ROW
        WHEN (OLD.state = 'publishing' AND NEW.state = 'published') EXECUTE FUNCTION audit_published_version()`);
    await runner.query(`
      CREATE FUNCTION audit_retention() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO audit_events (action, resource, outcome, before, after)
          SELECT 'version.withdraw', 'images/' || i.name || '/versions/' || NEW.version, 'success',
            jsonb_build_object('state', OLD.state),
            jsonb_build_object('state', NEW.state, 'by', NEW.withdrawn_by, 'reason', NEW.withdrawal_reason,
              'restorable_until', NEW.restorable_until)
          FROM images i WHERE i.id = NEW.image_id;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_audit_retention AFTER UPDATE OF state ON versions FOR EACH ROW
        WHEN (OLD.state = 'published' AND NEW.state = 'withdrawn' AND NEW.withdrawn_by = 'retention')
        EXECUTE FUNCTION audit_retention()`);
  }
}
