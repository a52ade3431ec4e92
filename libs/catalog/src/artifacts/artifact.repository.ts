import type { Digest } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { Container } from '../formats/header/container.js';
import type { FormatName } from '../formats/image-formats.js';
import type { ArtifactId, MediaType, Token, VersionId, VersionName } from '../names/names.js';
import type { ImageDescription } from '../made-metadata/image-description.js';
import type { Artifact, DetectedContent } from './artifact.js';
import type { ArtifactMetadata, Firmware } from './artifact-metadata.js';
import type { ArtifactDeclaration } from './artifact-declaration.js';

const COLUMNS = `a.id, a.version_id, a.variant, a.operating_system, a.architecture, a.format,
  a.primary_blob_digest, a.primary_blob_size_bytes, a.primary_media_type, a.default_user, a.min_disk_bytes,
  a.min_memory_bytes, a.firmware, a.secure_boot, a.cloud_init, a.incus, a.delta_from, a.created_at, a.updated_at`;
/** Only of what the version is bound to: nobody learns from a digest what others have brought. */
const DETECTED = 'b.detected_format, b.detected_inside_gzip, b.virtual_size_bytes';
const WITH_DETECTED = 'artifacts a LEFT JOIN blobs b ON b.digest = a.bound_blob_digest';
const ORDER = 'a.operating_system, a.architecture, a.variant, a.format';

export interface ArtifactRow {
  readonly id: ArtifactId;
  readonly version_id: VersionId;
  readonly variant: Token;
  readonly operating_system: Token;
  readonly architecture: Token;
  readonly format: FormatName;
  readonly primary_blob_digest: Digest;
  readonly primary_blob_size_bytes: string;
  readonly primary_media_type: MediaType;
  readonly default_user: string | null;
  readonly min_disk_bytes: string | null;
  readonly min_memory_bytes: string | null;
  readonly firmware: Firmware | null;
  readonly secure_boot: boolean | null;
  readonly cloud_init: boolean | null;
  readonly incus: ImageDescription | null;
  readonly delta_from: VersionName | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly detected_format?: Container | null;
  readonly detected_inside_gzip?: Container | null;
  readonly virtual_size_bytes?: string | null;
}

/** The new artifact, or undefined when the version has one of the same kind. */
export async function insertArtifact(
  tx: Transaction,
  versionId: VersionId,
  declared: ArtifactDeclaration,
): Promise<Artifact | undefined> {
  const [row] = await tx.rows<ArtifactRow>(
    `INSERT INTO artifacts AS a (version_id, variant, operating_system, architecture, format, primary_blob_digest,
       primary_blob_size_bytes, primary_media_type, default_user, min_disk_bytes, min_memory_bytes, firmware,
       secure_boot, cloud_init, incus, delta_from)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     ON CONFLICT (version_id, variant, operating_system, architecture, format) DO NOTHING RETURNING ${COLUMNS}`,
    [
      versionId,
      declared.variant,
      declared.operatingSystem,
      declared.architecture,
      declared.format,
      declared.primaryBlobDigest,
      declared.primaryBlobSizeBytes,
      declared.primaryMediaType,
      ...metadataValues(declared.metadata),
    ],
  );
  return row && toArtifact(row);
}

/** Replaces all metadata of a draft's artifact; undefined when there is none. */
export async function updateArtifactMetadata(
  tx: Transaction,
  versionId: VersionId,
  id: ArtifactId,
  metadata: ArtifactMetadata,
): Promise<Artifact | undefined> {
  const [row] = await tx.rows<ArtifactRow>(
    `UPDATE artifacts AS a SET default_user = $3, min_disk_bytes = $4, min_memory_bytes = $5, firmware = $6,
            secure_boot = $7, cloud_init = $8, incus = $9, delta_from = $10, updated_at = now()
      WHERE a.version_id = $1 AND a.id = $2 RETURNING ${COLUMNS}`,
    [versionId, id, ...metadataValues(metadata)],
  );
  return row && toArtifact(row);
}

function metadataValues(metadata: ArtifactMetadata): readonly unknown[] {
  return [
    metadata.defaultUser ?? null,
    metadata.minDiskBytes ?? null,
    metadata.minMemoryBytes ?? null,
    metadata.firmware ?? null,
    metadata.secureBoot ?? null,
    metadata.cloudInit ?? null,
    metadata.incus === undefined ? null : JSON.stringify(metadata.incus),
    metadata.deltaFrom ?? null,
  ];
}

export async function countArtifacts(connection: Connection, versionId: VersionId): Promise<number> {
  const [row] = await connection.rows<{ count: string }>(
    'SELECT count(*) FROM artifacts WHERE version_id = $1',
    [versionId],
  );
  return Number(row?.count);
}

export async function findArtifact(
  connection: Connection,
  versionId: VersionId,
  id: ArtifactId,
): Promise<Artifact | undefined> {
  const [row] = await connection.rows<ArtifactRow>(
    `SELECT ${COLUMNS}, ${DETECTED} FROM ${WITH_DETECTED} WHERE a.version_id = $1 AND a.id = $2`,
    [versionId, id],
  );
  return row && toArtifact(row);
}

/** By operating system, architecture, variant and format; those after `after`, which names these four. */
export async function listArtifacts(
  connection: Connection,
  versionId: VersionId,
  limit: number | null,
  after: readonly string[] = [],
): Promise<Artifact[]> {
  const [operatingSystem = '', architecture = '', variant = '', format = ''] = after;
  const rows = await connection.rows<ArtifactRow>(
    `SELECT ${COLUMNS}, ${DETECTED} FROM ${WITH_DETECTED}
      WHERE a.version_id = $1 AND (${ORDER}) > ($2::text, $3::text, $4::text, $5::text)
      ORDER BY ${ORDER} LIMIT $6`,
    [versionId, operatingSystem, architecture, variant, format, limit],
  );
  return rows.map(toArtifact);
}

/** Whether there was such an artifact; its attachments go with it. */
export async function deleteArtifact(
  tx: Transaction,
  versionId: VersionId,
  id: ArtifactId,
): Promise<boolean> {
  const rows = await tx.rows('DELETE FROM artifacts WHERE version_id = $1 AND id = $2 RETURNING id', [
    versionId,
    id,
  ]);
  return rows.length > 0;
}

function toArtifact(row: ArtifactRow): Artifact {
  return {
    id: row.id,
    versionId: row.version_id,
    variant: row.variant,
    operatingSystem: row.operating_system,
    architecture: row.architecture,
    format: row.format,
    primaryBlobDigest: row.primary_blob_digest,
    primaryBlobSizeBytes: Number(row.primary_blob_size_bytes),
    primaryMediaType: row.primary_media_type,
    metadata: toMetadata(row),
    ...toDetected(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toMetadata(row: ArtifactRow): ArtifactMetadata {
  return {
    ...(row.default_user === null ? {} : { defaultUser: row.default_user }),
    ...(row.min_disk_bytes === null ? {} : { minDiskBytes: Number(row.min_disk_bytes) }),
    ...(row.min_memory_bytes === null ? {} : { minMemoryBytes: Number(row.min_memory_bytes) }),
    ...(row.firmware === null ? {} : { firmware: row.firmware }),
    ...(row.secure_boot === null ? {} : { secureBoot: row.secure_boot }),
    ...(row.cloud_init === null ? {} : { cloudInit: row.cloud_init }),
    ...(row.incus === null ? {} : { incus: row.incus }),
    ...(row.delta_from === null ? {} : { deltaFrom: row.delta_from }),
  };
}

function toDetected(row: ArtifactRow): { readonly detected?: DetectedContent } {
  const { detected_format: container, detected_inside_gzip: inside, virtual_size_bytes: size } = row;
  if (container === undefined || container === null) {
    return {};
  }
  return { detected: { ...toContent(container, inside ?? 'unknown'), ...toVirtualSize(size) } };
}

function toContent(container: Container, insideGzip: Container): Omit<DetectedContent, 'virtualSizeBytes'> {
  switch (container) {
    case 'gzip':
      return { format: namedFormat(insideGzip), compression: 'gzip' };
    case 'xz':
      // All of it was read before it was published: nothing but an archive passes.
      return { format: 'tar', compression: 'xz' };
    default:
      return { format: namedFormat(container) };
  }
}

function namedFormat(container: Container): DetectedContent['format'] {
  return container === 'unknown' ? 'raw' : container;
}

function toVirtualSize(size: string | null | undefined): Pick<DetectedContent, 'virtualSizeBytes'> {
  return size === null || size === undefined ? {} : { virtualSizeBytes: Number(size) };
}
