import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit log: who changed what, and who was refused. Rows are only ever added. */
export class Audit1763850000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        request_id text CHECK (length(request_id) <= 128),
        source text CHECK (length(source) <= 64),
        principal_id uuid,
        credential_kind text CHECK (length(credential_kind) <= 32),
        credential_id text CHECK (length(credential_id) <= 255),
        action text COLLATE "C" NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
        resource text COLLATE "C" NOT NULL CHECK (length(resource) BETWEEN 1 AND 1024),
        outcome text NOT NULL CHECK (outcome IN ('success', 'denied')),
        reason text CHECK (length(reason) <= 64),
        before jsonb CHECK (jsonb_typeof(before) = 'object'),
        after jsonb CHECK (jsonb_typeof(after) = 'object'),
        facts jsonb CHECK (jsonb_typeof(facts) = 'object')
      )`);
    await runner.query(`CREATE INDEX audit_events_resource ON audit_events (resource, id)`);
    await runner.query(
      `CREATE INDEX audit_events_principal ON audit_events (principal_id, id) WHERE principal_id IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX audit_events_time ON audit_events (occurred_at)`);
    await runner.query(`CREATE INDEX audit_events_denied ON audit_events (id) WHERE outcome = 'denied'`);
    await runner.query(`
      CREATE FUNCTION keep_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit events are never changed or removed' USING ERRCODE = 'restrict_violation';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events()`);
    // A version becomes published by the worker, which has no part in who may do what: it need not be able to write here.
    await runner.query(`
      CREATE FUNCTION audit_published_version() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO audit_events (action, resource, outcome, before, after)
          SELECT 'version.published', 'images/' || i.name || '/versions/' || NEW.version, 'success',
            jsonb_build_object('state', OLD.state), jsonb_build_object('state', NEW.state)
          FROM images i WHERE i.id = NEW.image_id;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_audit_published AFTER UPDATE OF state ON versions FOR EACH ROW
        WHEN (OLD.state <> 'published' AND NEW.state = 'published') EXECUTE FUNCTION audit_published_version()`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
