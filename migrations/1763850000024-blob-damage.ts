import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Blobs whose stored bytes are damaged, and when each was read last. Blobs of before count as read now, so that reading
 * them again is spread over the first period. A release before this one serves what is damaged as it did.
 */
export class BlobDamage1763850000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.addColumns(runner);
    await this.guardBlobs(runner);
    await this.auditBlobs(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async addColumns(runner: QueryRunner): Promise<void> {
    // checked_at: when it was known last what the bytes are; tried_at: when that was tried last.
    await runner.query(`
      ALTER TABLE blobs
        ADD COLUMN state text NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'damaged')),
        ADD COLUMN damage text CHECK (damage IN ('mismatch', 'lost')),
        ADD COLUMN damaged_at timestamptz,
        ADD COLUMN checked_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN tried_at timestamptz NOT NULL DEFAULT now(),
        ADD CONSTRAINT blobs_damage CHECK (
          num_nonnulls(damage, damaged_at) = CASE state WHEN 'damaged' THEN 2 ELSE 0 END)`);
    await runner.query(`CREATE INDEX blobs_tried ON blobs (tried_at, digest)`);
    await runner.query(`
      CREATE INDEX blobs_doubtful ON blobs (tried_at, digest) WHERE state = 'damaged' OR checked_at < tried_at`);
    await runner.query(`CREATE INDEX blobs_damaged ON blobs (digest) WHERE state = 'damaged'`);
    // What was read at paid_at beyond what the pace allowed until then.
    await runner.query(`
      CREATE TABLE scrub_pace (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        paid_at timestamptz NOT NULL DEFAULT now(),
        owed_bytes double precision NOT NULL DEFAULT 0 CHECK (owed_bytes >= 0)
      )`);
    await runner.query(`INSERT INTO scrub_pace DEFAULT VALUES`);
  }

  /** The right bytes of a damaged blob may come back under another key. Nothing else of a blob ever changes. */
  private async guardBlobs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION keep_blob() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        mutable text[] := '{checked_at, tried_at}';
      BEGIN
        IF OLD.state = 'damaged' AND NEW.state = 'damaged' THEN
          mutable := mutable || '{damage}';
        ELSIF OLD.state <> NEW.state THEN
          mutable := mutable || '{state, damage, damaged_at}';
        END IF;
        IF OLD.state = 'damaged' AND NEW.state = 'available' THEN
          mutable := mutable || '{storage_key}';
        END IF;
        IF NOT changes_only(to_jsonb(OLD), to_jsonb(NEW), mutable) THEN
          RAISE EXCEPTION 'a verified blob never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
  }

  /** The worker has no part in who may do what: it need not be able to write into the audit log. */
  private async auditBlobs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION audit_blob_state() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO audit_events (action, resource, outcome, before, after)
          VALUES (CASE NEW.state WHEN 'damaged' THEN 'blob.quarantined' ELSE 'blob.repaired' END,
            'blobs/' || NEW.digest, 'success',
            jsonb_strip_nulls(jsonb_build_object('state', OLD.state, 'damage', OLD.damage)),
            jsonb_strip_nulls(jsonb_build_object('state', NEW.state, 'damage', NEW.damage)));
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER blobs_audit_state AFTER UPDATE OF state ON blobs FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION audit_blob_state()`);
  }
}
