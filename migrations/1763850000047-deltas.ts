import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Attachments that make an artifact out of that of an earlier version. A release before this one publishes them unread, so
 * nobody is shown one without the row that says that it was applied.
 */
export class Deltas1763850000047 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE attachments ADD COLUMN base_version text COLLATE "C"
        CONSTRAINT attachments_base_version CHECK (
          base_version IS NULL OR (base_version <> '' AND name IN ('squashfs.vcdiff', 'disk-kvm.img.vcdiff')))`);
    await runner.query(`
      CREATE INDEX attachments_deltas ON attachments (artifact_id) WHERE base_version IS NOT NULL`);
    await runner.query(`
      CREATE TABLE delta_checks (
        attachment_id uuid PRIMARY KEY REFERENCES attachments (id) ON DELETE CASCADE,
        base_digest digest NOT NULL,
        checked_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
