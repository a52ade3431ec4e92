import { createHash, randomUUID } from 'node:crypto';
import type { Database } from '@imgsrv/platform';

/** Records a blob as if its upload had been verified; the bytes themselves are nowhere. */
export async function insertVerifiedBlob(
  database: Database,
  blob: { readonly sizeBytes?: number; readonly detectedFormat?: string } = {},
): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const { sizeBytes = 1024, detectedFormat = 'unknown' } = blob;
  const digest = randomDigest();
  await database.rows(
    'INSERT INTO blobs (digest, size_bytes, storage_key, detected_format) VALUES ($1, $2, $3, $4)',
    [digest, sizeBytes, randomUUID(), detectedFormat],
  );
  return { digest, sizeBytes };
}

export function randomDigest(): string {
  return `sha256:${createHash('sha256').update(randomUUID()).digest('hex')}`;
}

/** A raw artifact of a blob. */
export function rawArtifact(
  blob: { readonly digest: string; readonly sizeBytes: number },
  variant = 'default',
) {
  return {
    variant,
    operatingSystem: 'linux',
    architecture: 'amd64',
    format: 'raw',
    primaryBlobDigest: blob.digest,
    primaryBlobSizeBytes: blob.sizeBytes,
    primaryMediaType: 'application/octet-stream',
  } as const;
}
