import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The size of a compressed disk is known once a publish has read all of it; from then on it never changes. */
export class VirtualSizes1763850000041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
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
        IF OLD.detected_format = 'gzip' AND OLD.virtual_size_bytes IS NULL THEN
          mutable := mutable || '{virtual_size_bytes}';
        END IF;
        IF NOT changes_only(to_jsonb(OLD), to_jsonb(NEW), mutable) THEN
          RAISE EXCEPTION 'a verified blob never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE TRIGGER blobs_record AFTER UPDATE ON blobs FOR EACH ROW
        WHEN (OLD.state <> NEW.state OR OLD.storage_key <> NEW.storage_key
              OR OLD.virtual_size_bytes IS DISTINCT FROM NEW.virtual_size_bytes) EXECUTE FUNCTION record_blob()`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
