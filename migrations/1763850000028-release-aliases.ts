import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Aliases that a publish moves at its end. A trigger moves them, so that also a worker of the release before does, which
 * knows nothing of them; and it writes the audit log, which a worker may not.
 */
export class ReleaseAliases1763850000028 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE publish_jobs ADD COLUMN aliases text[] COLLATE "C" NOT NULL DEFAULT '{}'
        CHECK (cardinality(aliases) <= 100)`);
    await runner.query(`
      CREATE FUNCTION move_released_aliases() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        moved text COLLATE "C";
        from_version text;
      BEGIN
        FOR moved IN SELECT unnest(p.aliases) FROM (
          SELECT aliases FROM publish_jobs WHERE version_id = NEW.id ORDER BY created_at DESC LIMIT 1) AS p
        LOOP
          SELECT v.version INTO from_version
            FROM aliases l JOIN versions v ON v.id = l.version_id
           WHERE l.image_id = NEW.image_id AND l.alias = moved FOR UPDATE OF l;
          INSERT INTO aliases AS l (image_id, alias, version_id) VALUES (NEW.image_id, moved, NEW.id)
            ON CONFLICT (image_id, alias) DO UPDATE
              SET version_id = EXCLUDED.version_id, revision = l.revision + 1, updated_at = now()
              WHERE l.version_id <> EXCLUDED.version_id;
          INSERT INTO audit_events (action, resource, outcome, before, after)
            SELECT CASE WHEN from_version IS NULL THEN 'alias.create' ELSE 'alias.move' END,
              'images/' || i.name || '/aliases/' || moved, 'success',
              CASE WHEN from_version IS NOT NULL THEN jsonb_build_object('version', from_version) END,
              jsonb_build_object('version', NEW.version)
            FROM images i WHERE i.id = NEW.image_id;
        END LOOP;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_move_aliases AFTER UPDATE OF state ON versions FOR EACH ROW
        WHEN (OLD.state = 'publishing' AND NEW.state = 'published') EXECUTE FUNCTION move_released_aliases()`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
