import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How much each principal may hold, and a ledger of what it does: the announced bytes of its uploads that are not over, and the
 * bytes of blobs that it has brought. Triggers keep it in the transactions of what it counts, those of release N-1 too.
 */
export class Quotas1763850000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // In the order of an ingest, which may be under way.
    await runner.query(`LOCK TABLE blobs, upload_sessions, blob_possessions IN SHARE ROW EXCLUSIVE MODE`);
    await runner.query(`
      CREATE TABLE quotas (
        principal_id uuid PRIMARY KEY REFERENCES principals (id) ON DELETE CASCADE,
        stored_bytes bigint CHECK (stored_bytes >= 0),
        open_uploads integer CHECK (open_uploads >= 0),
        CONSTRAINT quotas_limit_something CHECK (num_nonnulls(stored_bytes, open_uploads) > 0)
      )`);
    // No constraint on the sum: one that is wrong must not keep anybody from giving back. --verify-ledger finds it.
    await runner.query(`
      CREATE TABLE quota_ledger (
        principal_id uuid PRIMARY KEY,
        stored_bytes bigint NOT NULL
      )`);
    await this.countUploads(runner);
    await this.countPossessions(runner);
    await runner.query(`
      CREATE VIEW counted_quota_ledger AS
        SELECT principal_id, sum(size_bytes)::bigint AS stored_bytes FROM (
          SELECT created_by AS principal_id, announced_bytes(s) AS size_bytes FROM upload_sessions s
          UNION ALL
          SELECT p.principal_id, b.size_bytes FROM blob_possessions p JOIN blobs b USING (digest)
        ) AS counted WHERE size_bytes > 0 GROUP BY principal_id`);
    await runner.query(
      `INSERT INTO quota_ledger SELECT principal_id, stored_bytes FROM counted_quota_ledger`,
    );
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async countUploads(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION enter_in_ledger(of_principal uuid, delta bigint) RETURNS void LANGUAGE sql
        SET search_path FROM CURRENT AS $$
        INSERT INTO quota_ledger AS l (principal_id, stored_bytes) VALUES (of_principal, delta)
          ON CONFLICT (principal_id) DO UPDATE SET stored_bytes = l.stored_bytes + delta $$`);
    await runner.query(`REVOKE EXECUTE ON FUNCTION enter_in_ledger(uuid, bigint) FROM PUBLIC`);
    // An upload of which the bytes were here already brings none, and has no object.
    await runner.query(`
      CREATE FUNCTION announced_bytes(session upload_sessions) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE WHEN session.state IN ('created', 'uploading', 'completed', 'ingesting')
          THEN session.expected_size_bytes ELSE 0 END $$`);
    await runner.query(`
      CREATE FUNCTION count_upload() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        delta bigint := announced_bytes(NEW) - CASE TG_OP WHEN 'UPDATE' THEN announced_bytes(OLD) ELSE 0 END;
      BEGIN
        IF delta <> 0 THEN
          PERFORM enter_in_ledger(NEW.created_by, delta);
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER upload_sessions_count AFTER INSERT OR UPDATE OF state ON upload_sessions
        FOR EACH ROW EXECUTE FUNCTION count_upload()`);
  }

  private async countPossessions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION count_possession() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM enter_in_ledger(NEW.principal_id, (SELECT size_bytes FROM blobs WHERE digest = NEW.digest));
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blob_possessions_count AFTER INSERT ON blob_possessions
        FOR EACH ROW EXECUTE FUNCTION count_possession()`);
    // Before the possessions go with the blob.
    await runner.query(`
      CREATE FUNCTION give_back_blob() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM enter_in_ledger(principal_id, -OLD.size_bytes) FROM (
          SELECT principal_id FROM blob_possessions WHERE digest = OLD.digest ORDER BY principal_id) AS possessors;
        RETURN OLD;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blobs_give_back BEFORE DELETE ON blobs FOR EACH ROW EXECUTE FUNCTION give_back_blob()`);
  }
}
