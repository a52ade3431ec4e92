import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The function of whole uploads again, for bytes that two bring at the same moment. `ON CONFLICT (digest)` settles a conflict in
 * that index only; `blobs` has another unique index with the digest in it, where the second failed.
 */
export class SameBytesAtOnce1763850000049 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION admit_whole_upload(of_upload uuid, format text, inside_gzip text, virtual_size bigint, refusal text)
        RETURNS TABLE (surplus_key text, surplus_upload text) LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        session upload_sessions;
        known blobs;
      BEGIN
        SELECT * INTO session FROM upload_sessions s
          WHERE s.id = of_upload AND s.state = 'created' AND s.expires_at > now()
            AND s.storage_key IS NOT NULL AND s.multipart_upload_id IS NULL
          FOR UPDATE;
        IF NOT FOUND THEN
          RETURN;
        END IF;
        LOOP
          surplus_key := NULL;
          INSERT INTO blobs (digest, size_bytes, storage_key, detected_format, detected_inside_gzip, virtual_size_bytes,
              format_refusal)
            VALUES (session.expected_digest, session.expected_size_bytes, session.storage_key, format, inside_gzip,
              virtual_size, refusal)
            ON CONFLICT DO NOTHING;
          EXIT WHEN FOUND;
          -- One that is collected between the statements makes room for this one.
          SELECT * INTO known FROM blobs b WHERE b.digest = session.expected_digest FOR UPDATE;
          IF FOUND THEN
            surplus_key := session.storage_key;
            IF known.state = 'damaged' THEN
              surplus_key := known.storage_key;
              UPDATE blobs b SET storage_key = session.storage_key, state = 'available', damage = NULL, damaged_at = NULL,
                  checked_at = now(), tried_at = now()
                WHERE b.digest = known.digest;
            END IF;
            DELETE FROM collection_candidates c WHERE c.digest = known.digest;
            EXIT;
          END IF;
        END LOOP;
        UPDATE upload_sessions s SET state = 'ready', bytes_verified = s.expected_size_bytes, updated_at = now()
          WHERE s.id = session.id;
        INSERT INTO blob_possessions (digest, principal_id) VALUES (session.expected_digest, session.created_by)
          ON CONFLICT DO NOTHING;
        surplus_upload := (SELECT s.multipart_upload_id FROM upload_sessions s WHERE s.storage_key = surplus_key);
        RETURN NEXT;
      END $$`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
