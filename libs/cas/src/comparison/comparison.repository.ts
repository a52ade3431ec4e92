import type { Connection } from '@imgsrv/platform';
import { type Digest, parseDigest } from '../digest.js';

export interface KeptBlob {
  readonly digest: Digest;
  readonly storageKey: string;
}

/** The next blobs after a digest, or from the first on, whose digests begin like this, in order. */
export async function listKept(
  connection: Connection,
  range: { readonly startsWith: string; readonly after: string; readonly limit: number },
): Promise<KeptBlob[]> {
  const rows = await connection.rows<{ digest: string; storage_key: string }>(
    `SELECT digest, storage_key FROM blobs
      WHERE digest > $1 AND starts_with(digest, $2) ORDER BY digest LIMIT $3`,
    [range.after, range.startsWith, range.limit],
  );
  return rows.map(({ digest, storage_key: storageKey }) => ({ digest: parseDigest(digest), storageKey }));
}

/** Whether there still is a blob whose bytes are at the key. */
export async function isKept(connection: Connection, storageKey: string): Promise<boolean> {
  return (await connection.rows('SELECT FROM blobs WHERE storage_key = $1', [storageKey])).length > 0;
}
