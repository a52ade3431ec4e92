import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who has brought the bytes of a blob, as a fact of its own: known only after the stored object of an upload was hashed.
 * The state of an upload does not say it. The index `upload_sessions_uploader` stays for release N-1.
 */
export class Possessions1763850000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE blob_possessions (
        digest digest NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
        principal_id uuid NOT NULL,
        proved_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (digest, principal_id)
      )`);
    // Only the upload whose object became the blob was hashed for certain; who brought the bytes again proves it again.
    await runner.query(`
      INSERT INTO blob_possessions (digest, principal_id, proved_at)
        SELECT b.digest, s.created_by, b.verified_at
          FROM blobs b JOIN upload_sessions s ON s.storage_key = b.storage_key AND s.expected_digest = b.digest
         WHERE s.state = 'ready'`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
