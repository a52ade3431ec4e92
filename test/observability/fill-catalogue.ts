import type { Client } from 'pg';

export interface CatalogueSize {
  readonly blobs: number;
  readonly versions: number;
  readonly finishedJobs: number;
}

/**
 * Adds rows straight to the database: blobs of 1, 2, 3, … bytes with the session that brought each, versions (drafts)
 * of one image with an artifact each, and ingest jobs that are done. At most once a database.
 */
export async function fillCatalogue(client: Pick<Client, 'query'>, size: CatalogueSize): Promise<void> {
  await client.query(
    `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format)
     SELECT 'sha256:' || encode(sha256(n::text::bytea), 'hex'), n, 'key-' || n, 'unknown'
       FROM generate_series(1, $1::integer) AS n`,
    [size.blobs],
  );
  await client.query(
    `INSERT INTO upload_sessions (expected_digest, expected_size_bytes, state, created_by, expires_at)
     SELECT digest, size_bytes, 'ready', gen_random_uuid(), now() + interval '1 day' FROM blobs`,
  );
  await client.query(`INSERT INTO images (name) VALUES ('filled')`);
  await client.query(
    `INSERT INTO versions (image_id, version)
     SELECT images.id, 'v' || n FROM images, generate_series(1, $1::integer) AS n`,
    [size.versions],
  );
  await client.query(
    `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
                            primary_blob_size_bytes, primary_media_type)
     SELECT id, 'default', 'debian', 'amd64', 'raw', 'sha256:' || repeat('0', 64), 1, 'application/octet-stream'
       FROM versions`,
  );
  await client.query(
    `INSERT INTO jobs (kind, payload, state, max_attempts, finished_at)
     SELECT 'ingest_blob', '{}', 'succeeded', 5, now() FROM generate_series(1, $1::integer)`,
    [size.finishedJobs],
  );
}
