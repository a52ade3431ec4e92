import type { Rows } from './big-catalogue.js';

/** The image of the n-th version: those of one image lie apart in the table, as those of years do. */
const IMAGE_OF = '1 + (n - 1) % :images';
/** 3 of 100 versions are drafts, 3 withdrawn. */
const STATE_OF = (n: string): string =>
  `CASE WHEN ${n} % 101 < 3 THEN 'draft' WHEN ${n} % 101 < 6 THEN 'withdrawn' ELSE 'published' END`;
const REFERRED = 'ceil(:blobs * 0.8)::bigint';

export const RELEASES: readonly Rows[] = [
  {
    table: 'images',
    insert: `INSERT INTO images (id, name, display_name, description, visibility)
      SELECT pg_temp.id('image', n), 'image-' || lpad(n::text, 6, '0'), 'Image ' || n,
             CASE WHEN n % 1000 = 1 THEN 'the rare one' ELSE 'a server for team ' || n % 100 END,
             CASE WHEN n % 100 = 17 THEN 'private' WHEN n % 50 = 21 THEN 'internal' ELSE 'public' END
        FROM generate_series(1, :images) AS n`,
  },
  {
    table: 'versions',
    insert: `INSERT INTO versions (id, image_id, version, state, created_by, created_at, published_at, deprecated_at,
        deprecation_reason, withdrawn_at, withdrawal_reason, withdrawn_by, restorable_until, labels, notes)
      SELECT pg_temp.id('version', n), pg_temp.id('image', ${IMAGE_OF}), '1.' || (n - 1) / :images, state,
             pg_temp.id('principal', 1 + n % 200), at,
             CASE WHEN state <> 'draft' THEN at END,
             CASE WHEN state <> 'draft' AND n % 20 = 0 THEN at END, CASE WHEN state <> 'draft' AND n % 20 = 0 THEN 'old' END,
             CASE state WHEN 'withdrawn' THEN now() - interval '1 day' END, CASE state WHEN 'withdrawn' THEN 'broken' END,
             CASE state WHEN 'withdrawn' THEN 'request' END, CASE state WHEN 'withdrawn' THEN now() + interval '6 days' END,
             jsonb_strip_nulls(jsonb_build_object('team', 'team-' || n % 100, 'channel', 'stable',
               'golden', CASE WHEN n = ceil(:versions / 2.0) + 20 THEN 'yes' END)), 'What is new in ' || n
        FROM generate_series(1, :versions) AS n,
             LATERAL (SELECT now() - interval '2 years' * ((:versions - n)::float / :versions) AS at, ${STATE_OF('n')} AS state)`,
  },
  {
    table: 'artifacts',
    insert: `INSERT INTO artifacts (id, version_id, variant, operating_system, architecture, format, primary_blob_digest,
        primary_blob_size_bytes, primary_media_type, bound_blob_digest)
      SELECT pg_temp.id('artifact', n), pg_temp.id('version', version), 'default',
             CASE WHEN version % :images = 77 THEN 'haiku' ELSE (ARRAY['debian', 'ubuntu', 'alpine'])[1 + version % 3] END,
             CASE WHEN version % :images = 78 THEN 'riscv64' ELSE (ARRAY['amd64', 'arm64'])[1 + (n / :versions + version) % 2] END,
             (ARRAY['qcow2', 'squashfs', 'raw.gz', 'raw'])[1 + n / :versions],
             pg_temp.digest(blob), 1024 + blob, 'application/octet-stream',
             CASE WHEN ${STATE_OF('version')} <> 'draft' THEN pg_temp.digest(blob) END
        FROM generate_series(0, :artifacts - 1) AS n,
             LATERAL (SELECT 1 + n % :versions AS version, 1 + n % ${REFERRED} AS blob)`,
  },
  {
    table: 'attachments',
    insert: `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest)
      SELECT pg_temp.id('artifact', n), 'incus.tar.xz', 'application/x-xz', pg_temp.digest(blob), 1024 + blob,
             CASE WHEN ${STATE_OF('(1 + n % :versions)')} <> 'draft' THEN pg_temp.digest(blob) END
        FROM generate_series(1, :artifacts - 1, 3) AS n, LATERAL (SELECT ${REFERRED} - n / 3 % ${REFERRED} AS blob)`,
  },
  {
    table: 'aliases',
    insert: `INSERT INTO aliases (image_id, alias, version_id)
      SELECT v.image_id, alias, v.id
        FROM (SELECT DISTINCT ON (image_id) image_id, id FROM versions WHERE state = 'published'
               ORDER BY image_id, published_at DESC) AS v, unnest(ARRAY['latest', 'stable']) AS alias`,
  },
  {
    table: 'retention_policies',
    insert: `INSERT INTO retention_policies (image_id, keep_newest)
      SELECT pg_temp.id('image', n), 1000 FROM generate_series(1, :images, 10) AS n`,
  },
  {
    table: 'stream_roots',
    insert: `INSERT INTO stream_roots (artifact_id, client, version_id, image_type, architecture, variant, os, release,
        release_title, requirements, format, root_digest, root_size_bytes, fingerprint, content)
      SELECT a.id, 'incus', a.version_id, 'container', a.architecture, 'default', a.operating_system, i.name, i.name, '{}',
             a.format, a.primary_blob_digest, a.primary_blob_size_bytes, right(a.primary_blob_digest, 64), NULL
        FROM generate_series(:versions - :streamVersions + 1, :versions) AS n
        JOIN artifacts a ON a.id = pg_temp.id('artifact', n - 1)
        JOIN versions v ON v.id = a.version_id AND v.state = 'published'
        JOIN images i ON i.id = v.image_id`,
  },
  {
    table: 'stored_records',
    insert: `INSERT INTO stored_records (subject, subject_id, is_published, revision, stored_revision, storage_key)
      SELECT 'versions', pg_temp.id('version', n), true, 1, 1, 'records/versions/' || n
        FROM generate_series(1, :versions) AS n WHERE ${STATE_OF('n')} <> 'draft'
      UNION ALL
      SELECT 'images', pg_temp.id('image', n), true, 1, 1, 'records/images/' || n FROM generate_series(1, :images) AS n`,
  },
];
