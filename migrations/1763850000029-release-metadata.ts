import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a publisher says of a version and of an artifact for people and for those who start it; fixed with the publish. */
export class ReleaseMetadata1763850000029 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE versions
        ADD COLUMN notes text CHECK (char_length(notes) BETWEEN 1 AND 16384),
        ADD COLUMN end_of_life date,
        ADD COLUMN labels jsonb CHECK (jsonb_typeof(labels) = 'object' AND octet_length(labels::text) <= 131072),
        ADD COLUMN source_repository text CHECK (char_length(source_repository) BETWEEN 1 AND 2048),
        ADD COLUMN source_commit text CHECK (char_length(source_commit) BETWEEN 1 AND 128),
        ADD COLUMN source_pipeline_url text CHECK (char_length(source_pipeline_url) BETWEEN 1 AND 2048)`);
    // Published rows are guarded as a whole, and artifacts while their version is no draft.
    await runner.query(`
      CREATE TRIGGER versions_keep_metadata BEFORE UPDATE ON versions FOR EACH ROW
        WHEN (OLD.state <> 'draft'
          AND (OLD.notes, OLD.end_of_life, OLD.labels, OLD.source_repository, OLD.source_commit, OLD.source_pipeline_url)
            IS DISTINCT FROM
              (NEW.notes, NEW.end_of_life, NEW.labels, NEW.source_repository, NEW.source_commit, NEW.source_pipeline_url))
        EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      ALTER TABLE artifacts
        ADD COLUMN default_user text CHECK (char_length(default_user) BETWEEN 1 AND 32),
        ADD COLUMN min_disk_bytes bigint CHECK (min_disk_bytes >= 0),
        ADD COLUMN min_memory_bytes bigint CHECK (min_memory_bytes >= 0),
        ADD COLUMN firmware text CHECK (firmware IN ('uefi', 'bios')),
        ADD COLUMN secure_boot boolean,
        ADD COLUMN cloud_init boolean`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
