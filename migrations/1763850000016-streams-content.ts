import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the content of a root says of itself, apart from what its publisher says. Rows of earlier releases have none
 * until a worker has read their metadata once more; the indexes hold only what is left to do.
 */
export class StreamsContent1763850000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE stream_roots ADD COLUMN content jsonb
        CONSTRAINT stream_roots_content CHECK (jsonb_typeof(content) = 'object')`);
    await runner.query(`
      CREATE INDEX stream_roots_without_content ON stream_roots (version_id) WHERE content IS NULL`);
    await runner.query(`
      CREATE INDEX stream_reports_relabelled ON stream_reports (version_id)
        WHERE reason LIKE 'The same bytes are listed as %'`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
