import type { Rows } from './big-catalogue.js';

const PRINCIPALS = 200;

/** The n-th blob has n bytes more than 1 KiB; nothing refers to the last fifth of them. */
export const BYTES: readonly Rows[] = [
  {
    table: 'principals',
    insert: `INSERT INTO principals (id, kind, display_name, created_at)
      SELECT pg_temp.id('principal', n), 'service', 'publisher ' || n, now() - interval '2 years'
        FROM generate_series(1, ${PRINCIPALS}) AS n`,
  },
  {
    table: 'blobs',
    insert: `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format, verified_at, checked_at, tried_at, state, damage,
        damaged_at)
      SELECT pg_temp.digest(n), 1024 + n, 'blobs/sha256/' || pg_temp.id('generation', n), 'unknown', at, at, at,
             CASE WHEN n % 100000 = 7 THEN 'damaged' ELSE 'available' END,
             CASE WHEN n % 100000 = 7 THEN 'lost' END, CASE WHEN n % 100000 = 7 THEN at END
        FROM generate_series(1, :blobs) AS n,
             LATERAL (SELECT now() - interval '2 years' * ((:blobs - n)::float / :blobs) AS at)`,
  },
  {
    table: 'blob_possessions',
    insert: `INSERT INTO blob_possessions (digest, principal_id)
      SELECT pg_temp.digest(n), pg_temp.id('principal', 1 + n % ${PRINCIPALS}) FROM generate_series(1, :blobs) AS n`,
  },
  {
    table: 'quota_ledger',
    insert: `INSERT INTO quota_ledger (principal_id, stored_bytes)
      SELECT pg_temp.id('principal', 1 + n % ${PRINCIPALS}), sum(1024 + n) FROM generate_series(1, :blobs) AS n GROUP BY 1`,
  },
  {
    table: 'collection_candidates',
    insert: `INSERT INTO collection_candidates (digest, since, review_after)
      SELECT pg_temp.digest(n), now() - interval '1 day', now() + interval '1 hour' * (n % 48 - 1)
        FROM generate_series(1 + ceil(:blobs * 0.98)::bigint, :blobs) AS n`,
  },
  {
    table: 'upload_sessions',
    insert: `INSERT INTO upload_sessions (id, expected_digest, expected_size_bytes, state, storage_key, bytes_verified, created_by,
        expires_at)
      SELECT pg_temp.id('upload', n), pg_temp.digest(n), 1024 + n, 'ready', 'uploads/' || n, 1024 + n,
             pg_temp.id('principal', 1 + n % ${PRINCIPALS}), now() + interval '1 day'
        FROM generate_series(1, :blobs, 5) AS n`,
  },
  {
    table: 'upload_sessions',
    insert: `INSERT INTO upload_sessions (id, expected_digest, expected_size_bytes, state, storage_key, created_by, expires_at)
      SELECT pg_temp.id('open', n), pg_temp.digest(-n), 8388608, 'uploading', 'open/' || n,
             pg_temp.id('principal', 1 + n % ${PRINCIPALS}), now() + interval '1 minute' * (n % 1000 + 1)
        FROM generate_series(1, ceil(:versions * 0.01)::bigint) AS n`,
  },
  {
    table: 'upload_parts',
    insert: `INSERT INTO upload_parts (upload_id, part_number, etag, size_bytes)
      SELECT pg_temp.id('open', n), part, 'etag', 5242880
        FROM generate_series(1, ceil(:versions * 0.01)::bigint) AS n, generate_series(1, 5) AS part`,
  },
];
