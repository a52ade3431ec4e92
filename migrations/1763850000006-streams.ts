import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What Simple Streams clients are shown of published versions, and the counter that tells when it changes. */
export class Streams1763850000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stream_roots (
        artifact_id uuid NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
        client text NOT NULL CHECK (client IN ('incus', 'lxd')),
        version_id uuid NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        image_type text NOT NULL CHECK (image_type IN ('container', 'virtual-machine')),
        architecture text NOT NULL CHECK (architecture <> ''),
        variant text NOT NULL CHECK (variant <> ''),
        os text NOT NULL,
        release text NOT NULL,
        release_title text NOT NULL,
        requirements jsonb NOT NULL CHECK (jsonb_typeof(requirements) = 'object'),
        format text NOT NULL,
        root_digest digest NOT NULL,
        root_size_bytes bigint NOT NULL CHECK (root_size_bytes >= 0),
        metadata_digest digest,
        metadata_size_bytes bigint CHECK (metadata_size_bytes >= 0),
        fingerprint text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
        projected_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (artifact_id, client),
        CONSTRAINT stream_roots_one_a_name UNIQUE (version_id, client, image_type, architecture, variant),
        CONSTRAINT stream_roots_metadata CHECK ((metadata_digest IS NULL) = (metadata_size_bytes IS NULL))
      )`);
    await runner.query(`CREATE INDEX stream_roots_root_digest ON stream_roots (root_digest)`);
    await runner.query(`CREATE INDEX stream_roots_metadata_digest ON stream_roots (metadata_digest)`);
    await runner.query(`CREATE INDEX stream_roots_fingerprint ON stream_roots (client, fingerprint)`);
    await runner.query(`
      CREATE TABLE stream_reports (
        artifact_id uuid NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
        client text NOT NULL CHECK (client IN ('incus', 'lxd')),
        version_id uuid NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        projected boolean NOT NULL,
        reason text,
        PRIMARY KEY (artifact_id, client),
        CONSTRAINT stream_reports_reason CHECK (projected = (reason IS NULL))
      )`);
    await runner.query(`CREATE INDEX stream_reports_version ON stream_reports (version_id)`);
    await runner.query(`
      CREATE TABLE combined_digests (
        metadata_digest digest NOT NULL,
        root_digest digest NOT NULL,
        combined_digest digest NOT NULL,
        computed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (metadata_digest, root_digest)
      )`);
    await this.countRevisions(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  /**
   * The counter is advanced by triggers, so that nobody has to remember it. They are deferred to the commit: its row
   * is then the last lock that a transaction takes, and holds for a moment only.
   */
  private async countRevisions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE streams_revision (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
        advanced_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`INSERT INTO streams_revision DEFAULT VALUES`);
    await runner.query(`
      CREATE FUNCTION advance_streams_revision() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE streams_revision SET revision = revision + 1,
          advanced_at = greatest(advanced_at, clock_timestamp());
        IF NOT FOUND THEN
          RAISE EXCEPTION 'streams_revision has lost its row';
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER versions_advance_streams AFTER UPDATE ON versions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.state = 'published' AND OLD.state <> 'published') EXECUTE FUNCTION advance_streams_revision()`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER aliases_advance_streams AFTER INSERT OR DELETE ON aliases
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION advance_streams_revision()`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER aliases_move_advances_streams AFTER UPDATE ON aliases
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN ((OLD.version_id, OLD.alias) IS DISTINCT FROM (NEW.version_id, NEW.alias))
        EXECUTE FUNCTION advance_streams_revision()`);
  }
}
