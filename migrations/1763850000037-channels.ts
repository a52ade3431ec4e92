import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Named views of the catalogue; a change counts for every replica, as one of the catalogue itself does. */
export class Channels1763850000037 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE channels (
        name text COLLATE "C" PRIMARY KEY,
        image_patterns text[] NOT NULL CHECK (cardinality(image_patterns) BETWEEN 1 AND 64),
        alias text COLLATE "C" NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER channels_advance_streams AFTER INSERT OR UPDATE OR DELETE ON channels
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION advance_streams_revision()`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
