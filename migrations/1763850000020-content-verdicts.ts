import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What checks found when they read the bytes of a blob, so that equal bytes are read once. The version is part of the
 * key: while two releases run side by side each finds its own verdicts.
 */
export class ContentVerdicts1763850000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE content_verdicts (
        digest digest NOT NULL REFERENCES blobs (digest) ON DELETE CASCADE,
        check_name text COLLATE "C" NOT NULL,
        check_version integer NOT NULL,
        problem text,
        found_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (digest, check_name, check_version)
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
