import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the published versions of each image offer, counted, so that a search costs what it finds: one row for each image with
 * something published, each combination of operating system, architecture and format, and each label. Triggers count, so that also
 * a worker of the release before does.
 */
export class PublishedFacets1763850000042 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Nothing is published or withdrawn between the first count and the triggers.
    await runner.query(`LOCK TABLE versions IN SHARE ROW EXCLUSIVE MODE`);
    await this.addTables(runner);
    await this.addRecount(runner);
    await runner.query(`SELECT recount_published(NULL)`);
    await this.addIndexes(runner);
    await this.addCounting(runner);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }

  private async addTables(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE published_images (
        image_id uuid PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
        versions integer NOT NULL CHECK (versions > 0),
        newest_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE artifact_facets (
        image_id uuid NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        operating_system token NOT NULL,
        architecture token NOT NULL,
        format text COLLATE "C" NOT NULL,
        artifacts integer NOT NULL CHECK (artifacts > 0),
        PRIMARY KEY (image_id, operating_system, architecture, format)
      )`);
    await runner.query(`
      CREATE TABLE label_facets (
        image_id uuid NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        key text COLLATE "C" NOT NULL,
        value text COLLATE "C" NOT NULL,
        versions integer NOT NULL CHECK (versions > 0),
        PRIMARY KEY (image_id, key, value)
      )`);
  }

  /** Of one image, or of all: for this migration, and for a rebuild, which publishes nothing again. */
  private async addRecount(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION recount_published(only_image uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
      BEGIN
        DELETE FROM published_images WHERE only_image IS NULL OR image_id = only_image;
        DELETE FROM artifact_facets WHERE only_image IS NULL OR image_id = only_image;
        DELETE FROM label_facets WHERE only_image IS NULL OR image_id = only_image;
        INSERT INTO published_images (image_id, versions, newest_at)
          SELECT v.image_id, count(*), max(v.published_at)
            FROM versions v WHERE v.state = 'published' AND (only_image IS NULL OR v.image_id = only_image) GROUP BY 1;
        INSERT INTO artifact_facets (image_id, operating_system, architecture, format, artifacts)
          SELECT v.image_id, a.operating_system, a.architecture, a.format, count(*)
            FROM versions v JOIN artifacts a ON a.version_id = v.id
           WHERE v.state = 'published' AND (only_image IS NULL OR v.image_id = only_image) GROUP BY 1, 2, 3, 4;
        INSERT INTO label_facets (image_id, key, value, versions)
          SELECT v.image_id, l.key, l.value, count(*)
            FROM versions v, jsonb_each_text(v.labels) AS l
           WHERE v.state = 'published' AND (only_image IS NULL OR v.image_id = only_image) GROUP BY 1, 2, 3;
      END $$`);
  }

  private async addIndexes(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX published_images_newest ON published_images (newest_at DESC, image_id DESC)`,
    );
    await runner.query(`CREATE INDEX artifact_facets_os ON artifact_facets (operating_system, image_id)`);
    await runner.query(
      `CREATE INDEX artifact_facets_architecture ON artifact_facets (architecture, image_id)`,
    );
    await runner.query(`CREATE INDEX artifact_facets_format ON artifact_facets (format, image_id)`);
    await runner.query(`CREATE INDEX label_facets_label ON label_facets (key, value, image_id)`);
    await runner.query(`ANALYZE published_images, artifact_facets, label_facets`);
  }

  /** The row of the image is locked first, and so orders all counting for one image. */
  private async addCounting(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION count_published_version(counted versions) RETURNS void LANGUAGE plpgsql
        SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO published_images AS p (image_id, versions, newest_at) VALUES (counted.image_id, 1, counted.published_at)
          ON CONFLICT (image_id) DO UPDATE
            SET versions = p.versions + 1, newest_at = GREATEST(p.newest_at, EXCLUDED.newest_at);
        INSERT INTO artifact_facets AS f (image_id, operating_system, architecture, format, artifacts)
          SELECT counted.image_id, operating_system, architecture, format, count(*)
            FROM artifacts WHERE version_id = counted.id GROUP BY 2, 3, 4
          ON CONFLICT (image_id, operating_system, architecture, format) DO UPDATE
            SET artifacts = f.artifacts + EXCLUDED.artifacts;
        INSERT INTO label_facets AS f (image_id, key, value, versions)
          SELECT counted.image_id, l.key, l.value, 1 FROM jsonb_each_text(counted.labels) AS l
          ON CONFLICT (image_id, key, value) DO UPDATE SET versions = f.versions + 1;
      END $$`);
    await runner.query(`
      CREATE FUNCTION discount_published_version(counted versions) RETURNS void LANGUAGE plpgsql
        SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM FROM published_images WHERE image_id = counted.image_id FOR UPDATE;
        DELETE FROM published_images WHERE image_id = counted.image_id AND versions = 1;
        UPDATE published_images SET versions = versions - 1, newest_at = (
            SELECT published_at FROM versions WHERE image_id = counted.image_id AND state = 'published'
             ORDER BY published_at DESC LIMIT 1)
          WHERE image_id = counted.image_id;
        WITH gone AS (
          SELECT operating_system, architecture, format, count(*) AS artifacts
            FROM artifacts WHERE version_id = counted.id GROUP BY 1, 2, 3
        ), removed AS (
          DELETE FROM artifact_facets f USING gone g
            WHERE f.image_id = counted.image_id AND f.operating_system = g.operating_system
              AND f.architecture = g.architecture AND f.format = g.format AND f.artifacts = g.artifacts
        )
        UPDATE artifact_facets f SET artifacts = f.artifacts - g.artifacts FROM gone g
          WHERE f.image_id = counted.image_id AND f.operating_system = g.operating_system
            AND f.architecture = g.architecture AND f.format = g.format AND f.artifacts > g.artifacts;
        WITH gone AS (
          SELECT key, value FROM jsonb_each_text(counted.labels)
        ), removed AS (
          DELETE FROM label_facets f USING gone g
            WHERE f.image_id = counted.image_id AND f.key = g.key AND f.value = g.value AND f.versions = 1
        )
        UPDATE label_facets f SET versions = f.versions - 1 FROM gone g
          WHERE f.image_id = counted.image_id AND f.key = g.key AND f.value = g.value AND f.versions > 1;
      END $$`);
    await runner.query(`
      CREATE FUNCTION count_published() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        IF NEW.state = 'published' THEN
          PERFORM count_published_version(NEW);
        ELSE
          PERFORM discount_published_version(NEW);
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER versions_count_published AFTER UPDATE OF state ON versions FOR EACH ROW
        WHEN ((OLD.state = 'published') <> (NEW.state = 'published')) EXECUTE FUNCTION count_published()`);
  }
}
