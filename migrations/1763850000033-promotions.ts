import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which alias was let name what, when and by whom. `number` is in the order of the moves, because they are made one after the
 * other on each image.
 */
export class Promotions1763850000033 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE promotions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        number bigint GENERATED ALWAYS AS IDENTITY,
        image_id uuid NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        from_alias text COLLATE "C",
        to_alias text COLLATE "C" NOT NULL,
        version_id uuid REFERENCES versions (id) ON DELETE CASCADE,
        previous_version_id uuid REFERENCES versions (id) ON DELETE CASCADE,
        reverts uuid UNIQUE,
        promoted_by uuid NOT NULL,
        promoted_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT promotions_source CHECK (num_nonnulls(from_alias, reverts) = 1),
        CONSTRAINT promotions_removal CHECK (version_id IS NOT NULL OR reverts IS NOT NULL)
      )`);
    await runner.query('CREATE INDEX promotions_of_image ON promotions (image_id, number DESC)');
    await runner.query('CREATE INDEX promotions_version ON promotions (version_id)');
    await runner.query('CREATE INDEX promotions_previous_version ON promotions (previous_version_id)');
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
