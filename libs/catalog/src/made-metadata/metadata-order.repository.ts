import { type Digest, keepBlob } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { FormatName } from '../formats/image-formats.js';
import { METADATA_ATTACHMENTS } from '../formats/streams-item-type.js';
import type { ArtifactId, VersionId } from '../names/names.js';
import type { ImageDescription } from './image-description.js';

/** Metadata that is to be made: equal orders give equal bytes, whoever carries them out, and when. */
export interface MetadataOrder {
  readonly artifactId: ArtifactId;
  readonly architecture: string;
  readonly variant: string;
  readonly format: FormatName;
  readonly description: ImageDescription;
  /** What the publisher says apart from the description. */
  readonly secureBoot?: boolean;
  readonly version: string;
  readonly versionCreatedAt: Date;
  /** The principal that the bytes count for. */
  readonly publisher: string;
}

interface OrderRow {
  readonly artifact_id: ArtifactId;
  readonly architecture: string;
  readonly variant: string;
  readonly format: FormatName;
  readonly incus: ImageDescription;
  readonly secure_boot: boolean | null;
  readonly version: string;
  readonly created_at: Date;
  readonly publisher: string;
}

/** Of a version that is being published: what was not made before, by artifact. */
export async function listMetadataOrders(
  connection: Connection,
  versionId: VersionId,
): Promise<MetadataOrder[]> {
  const rows = await connection.rows<OrderRow>(
    `SELECT a.id AS artifact_id, a.architecture, a.variant, a.format, a.incus, a.secure_boot, v.version, v.created_at,
            (SELECT j.fairness_key FROM publish_jobs p JOIN jobs j ON j.id = p.job_id
              WHERE p.version_id = v.id ORDER BY p.created_at DESC LIMIT 1) AS publisher
       FROM artifacts a JOIN versions v ON v.id = a.version_id
      WHERE a.version_id = $1 AND a.incus IS NOT NULL
        AND NOT EXISTS (SELECT FROM attachments t WHERE t.artifact_id = a.id AND t.is_generated AND t.base_version IS NULL)
      ORDER BY a.id`,
    [versionId],
  );
  return rows.map((row) => ({
    artifactId: row.artifact_id,
    architecture: row.architecture,
    variant: row.variant,
    format: row.format,
    description: row.incus,
    ...(row.secure_boot === null ? {} : { secureBoot: row.secure_boot }),
    version: row.version,
    versionCreatedAt: row.created_at,
    publisher: row.publisher,
  }));
}

/**
 * Gives an artifact of a version that is being published the blob as its metadata, for every client. Safe to repeat. Throws
 * when the blob is gone, which making it again mends.
 */
export async function attachMadeMetadata(
  tx: Transaction,
  artifactId: ArtifactId,
  blob: { readonly digest: Digest; readonly sizeBytes: number },
): Promise<void> {
  if ((await keepBlob(tx, blob.digest)) === undefined) {
    throw new Error(`the metadata ${blob.digest} was collected before it was attached`);
  }
  await tx.rows(
    `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated)
     SELECT $1, name, 'application/x-xz', $2, $3, $2, true FROM unnest($4::text[]) AS n (name) ORDER BY name
     ON CONFLICT (artifact_id, name) DO NOTHING`,
    [artifactId, blob.digest, blob.sizeBytes, Object.values(METADATA_ATTACHMENTS)],
  );
}
