import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit log by months, each a partition, so that events can go without a right to delete them. What no month takes is
 * kept by a default partition. To a release that does not know of it the table is as it was.
 */
export class AuditMonths1763850000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Whoever changes an upload writes into the log afterwards: so the locks are taken in this order here, too.
    await this.auditExpiredUploads(runner);
    await this.addFunctions(runner);
    await this.moveEvents(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async addFunctions(runner: QueryRunner): Promise<void> {
    // Made beside the table and then attached, so that nobody who writes waits. A trigger for each statement does not come with
    // that, unlike the indexes and constraints.
    await runner.query(`
      CREATE FUNCTION add_audit_partition(partition text, bounds text) RETURNS void LANGUAGE plpgsql
        SET search_path FROM CURRENT AS $$
      BEGIN
        EXECUTE format('CREATE TABLE %I (LIKE audit_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        EXECUTE format('CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
          FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events()', partition);
        EXECUTE format('ALTER TABLE audit_events ATTACH PARTITION %I %s', partition, bounds);
      END $$`);
    await runner.query(`
      CREATE FUNCTION add_audit_months(months timestamp[]) RETURNS void LANGUAGE plpgsql
        SET search_path FROM CURRENT AS $$
      DECLARE
        month timestamp;
        partition text;
      BEGIN
        FOR month IN SELECT DISTINCT unnest(months) LOOP
          partition := 'audit_events_' || to_char(month, 'YYYY_MM');
          IF to_regclass(partition) IS NULL THEN
            PERFORM add_audit_partition(partition, format('FOR VALUES FROM (%L) TO (%L)',
              month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'));
          END IF;
        END LOOP;
      END $$`);
    await runner.query(`
      CREATE FUNCTION audit_month(instant timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
        SELECT date_trunc('month', instant AT TIME ZONE 'UTC') $$`);
    await runner.query(`
      CREATE FUNCTION coming_audit_months(as_of timestamptz) RETURNS timestamp[] LANGUAGE sql IMMUTABLE
        SET search_path FROM CURRENT AS $$
        SELECT array_agg(audit_month(as_of) + ahead * interval '1 month') FROM generate_series(0, 6) AS ahead $$`);
    // The worker runs it as the owner of the table, and is not to be trusted with that: it can neither pretend that a later
    // time has come nor that a younger event is old. A table is attached or dropped at once or not now.
    await runner.query(`
      CREATE FUNCTION keep_audit_months(keep_ms bigint, as_of timestamptz) RETURNS integer LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '2s' AS $$
      DECLARE
        today timestamptz := LEAST(as_of, now());
        coming timestamp[] := coming_audit_months(today);
        kept_since timestamptz := LEAST(today - keep_ms * interval '1 millisecond', now() - interval '30 days');
        stray timestamp[];
        old text;
        dropped integer := 0;
      BEGIN
        SELECT array_agg(DISTINCT audit_month(occurred_at)) INTO stray FROM audit_events_default
          WHERE audit_month(occurred_at) <= (SELECT max(month) FROM unnest(coming) AS month);
        IF stray IS NULL THEN
          PERFORM add_audit_months(coming);
        ELSE
          ALTER TABLE audit_events DETACH PARTITION audit_events_default;
          ALTER TABLE audit_events_default RENAME TO audit_events_unfiled;
          PERFORM add_audit_months(coming || stray), add_audit_partition('audit_events_default', 'DEFAULT');
          INSERT INTO audit_events OVERRIDING SYSTEM VALUE SELECT * FROM audit_events_unfiled;
          DROP TABLE audit_events_unfiled;
        END IF;
        IF keep_ms IS NOT NULL THEN
          FOR old IN
            SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid
             WHERE inhparent = 'audit_events'::regclass AND relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$'
               AND (to_timestamp(right(relname, 7), 'YYYY_MM')::timestamp + interval '1 month') AT TIME ZONE 'UTC'
                 <= kept_since
          LOOP
            EXECUTE format('DROP TABLE %I', old);
            dropped := dropped + 1;
          END LOOP;
        END IF;
        RETURN dropped;
      END $$`);
    await runner.query(`
      REVOKE EXECUTE ON FUNCTION add_audit_partition(text, text), add_audit_months(timestamp[]),
        keep_audit_months(bigint, timestamptz) FROM PUBLIC`);
  }

  /** Ids go on where they were. Nobody reads or writes meanwhile. */
  private async moveEvents(runner: QueryRunner): Promise<void> {
    const [sequence] = (await runner.query(
      `SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('audit_events', 'id')::regclass), 0) + 1 AS next`,
    )) as { next: string }[];
    await runner.query(`ALTER TABLE audit_events RENAME TO audit_events_whole`);
    await runner.query(`
      CREATE TABLE audit_events (LIKE audit_events_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE (occurred_at)`);
    await runner.query(`SELECT add_audit_partition('audit_events_default', 'DEFAULT')`);
    await runner.query(`
      SELECT add_audit_months(coming_audit_months(now())
        || (SELECT array_agg(DISTINCT audit_month(occurred_at)) FROM audit_events_whole))`);
    await runner.query(`INSERT INTO audit_events SELECT * FROM audit_events_whole`);
    await this.copyRights(runner);
    await runner.query(`DROP TABLE audit_events_whole`);
    await runner.query(`
      ALTER TABLE audit_events ALTER COLUMN id
        ADD GENERATED ALWAYS AS IDENTITY (START WITH ${Number(sequence?.next)})`);
    await runner.query(`ALTER TABLE audit_events ADD PRIMARY KEY (id, occurred_at)`);
    await runner.query(`CREATE INDEX audit_events_resource ON audit_events (resource, id)`);
    await runner.query(
      `CREATE INDEX audit_events_principal ON audit_events (principal_id, id) WHERE principal_id IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX audit_events_time ON audit_events (occurred_at)`);
    await runner.query(`CREATE INDEX audit_events_denied ON audit_events (id) WHERE outcome = 'denied'`);
    await runner.query(`
      CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events()`);
  }

  /** Whoever serves meanwhile goes on before the grants of this release are given. */
  private async copyRights(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$
      DECLARE
        given record;
      BEGIN
        FOR given IN
          SELECT acl.privilege_type, acl.grantee::regrole AS grantee FROM pg_class, aclexplode(relacl) AS acl
           WHERE oid = 'audit_events_whole'::regclass AND acl.grantee NOT IN (0, relowner)
        LOOP
          EXECUTE format('GRANT %s ON audit_events TO %s', given.privilege_type, given.grantee);
        END LOOP;
      END $$`);
  }

  /** A worker ends these uploads, which cannot write into the log. Who aborts one says so. */
  private async auditExpiredUploads(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION audit_expired_upload() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO audit_events (action, resource, outcome, before, after)
          VALUES ('upload.expired', 'uploads/' || OLD.id, 'success',
            jsonb_build_object('state', OLD.state), jsonb_build_object('state', NEW.state));
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER upload_sessions_audit_expired AFTER UPDATE OF state ON upload_sessions FOR EACH ROW
        WHEN (OLD.state IN ('created', 'uploading') AND NEW.state = 'aborted' AND OLD.expires_at <= now())
        EXECUTE FUNCTION audit_expired_upload()`);
  }
}
