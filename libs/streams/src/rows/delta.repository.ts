import type { Digest } from '@imgsrv/cas';
import { type ArtifactId, isPublished } from '@imgsrv/catalog';
import type { Connection } from '@imgsrv/platform';
import type { StreamsClient } from '../clients.js';
import type { RootDelta } from '../rendering/published-root.js';

export interface DeltaRow extends RootDelta {
  readonly artifactId: ArtifactId;
  readonly client: StreamsClient;
}

/**
 * The deltas of published versions of these images that were found to make their artifacts. They have no base while its version
 * is withdrawn, or while the client is not shown the bytes that it was checked with.
 */
export async function listProjectedDeltas(
  connection: Connection,
  imageIds: readonly string[],
): Promise<DeltaRow[]> {
  const rows = await connection.rows<{
    artifact_id: ArtifactId;
    client: StreamsClient;
    digest: Digest;
    size_bytes: string;
    fingerprint: string | null;
    metadata_digest: Digest | null;
    metadata_size_bytes: string | null;
  }>(
    `SELECT r.artifact_id, r.client, t.blob_digest AS digest, t.blob_size_bytes AS size_bytes,
            o.fingerprint, o.metadata_digest, o.metadata_size_bytes
       FROM attachments t
       JOIN delta_checks c ON c.attachment_id = t.id
       JOIN stream_roots r ON r.artifact_id = t.artifact_id
       JOIN versions v ON v.id = r.version_id
       LEFT JOIN versions b ON b.image_id = v.image_id AND b.version = t.base_version AND ${isPublished('b')}
       LEFT JOIN stream_roots o ON o.version_id = b.id AND o.root_digest = c.base_digest
            AND (o.client, o.image_type, o.architecture, o.variant, o.format)
              = (r.client, r.image_type, r.architecture, r.variant, r.format)
      WHERE t.base_version IS NOT NULL AND v.image_id = ANY($1::uuid[]) AND ${isPublished('v')}`,
    [imageIds],
  );
  return rows.map((row) => ({
    artifactId: row.artifact_id,
    client: row.client,
    file: { digest: row.digest, sizeBytes: Number(row.size_bytes) },
    ...(row.fingerprint === null || row.metadata_digest === null
      ? {}
      : {
          base: {
            fingerprint: row.fingerprint,
            metadata: { digest: row.metadata_digest, sizeBytes: Number(row.metadata_size_bytes) },
          },
        }),
  }));
}
