import type { Digest } from '@imgsrv/cas';
import { type ArtifactId, type FormatName, isPublished, type VersionId } from '@imgsrv/catalog';
import type { Connection, Transaction } from '@imgsrv/platform';
import { CLIENT_RULES } from '../clients.js';
import type { PublishedRoot } from '../rendering/published-root.js';
import type { DeclaredArtifact, DeclaredVersion } from './declared-version.js';
import type { StreamsReport } from './streams-report.js';

/** A projection row: a published root without what the catalogue says of its version. */
export type ProjectedRoot = Omit<
  PublishedRoot,
  | 'image'
  | 'version'
  | 'publishedAt'
  | 'restoredAt'
  | 'isDeprecated'
  | 'endOfLife'
  | 'secureBoot'
  | 'projectedAt'
  | 'delta'
>;

interface ArtifactRow {
  readonly id: ArtifactId;
  readonly variant: string;
  readonly operating_system: string;
  readonly architecture: string;
  readonly format: FormatName;
  readonly digest: Digest;
  readonly size_bytes: string;
}

interface AttachmentRow {
  readonly artifact_id: ArtifactId;
  readonly name: string;
  readonly digest: Digest;
  readonly size_bytes: string;
}

/** The version with its artifacts and their metadata attachments, or undefined when there is none. */
export async function findDeclaredVersion(
  connection: Connection,
  id: VersionId,
): Promise<DeclaredVersion | undefined> {
  const [version] = await connection.rows<{ version: string }>('SELECT version FROM versions WHERE id = $1', [
    id,
  ]);
  const artifacts = await connection.rows<ArtifactRow>(
    `SELECT id, variant, operating_system, architecture, format,
            primary_blob_digest AS digest, primary_blob_size_bytes AS size_bytes
       FROM artifacts WHERE version_id = $1`,
    [id],
  );
  const attachments = await connection.rows<AttachmentRow>(
    `SELECT t.artifact_id, t.name, t.blob_digest AS digest, t.blob_size_bytes AS size_bytes
       FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
      WHERE a.version_id = $1 AND t.name = ANY ($2)`,
    [id, Object.values(CLIENT_RULES).map(({ metadata }) => metadata.attachment)],
  );
  return (
    version && {
      id,
      version: version.version,
      artifacts: artifacts.map((row) => toArtifact(row, attachments)),
    }
  );
}

function toArtifact(row: ArtifactRow, attachments: readonly AttachmentRow[]): DeclaredArtifact {
  return {
    id: row.id,
    variant: row.variant,
    operatingSystem: row.operating_system,
    architecture: row.architecture,
    format: row.format,
    file: { digest: row.digest, sizeBytes: Number(row.size_bytes) },
    attachments: new Map(
      attachments
        .filter(({ artifact_id }) => artifact_id === row.id)
        .map(({ name, digest, size_bytes }) => [name, { digest, sizeBytes: Number(size_bytes) }]),
    ),
  };
}

/** The combined digest of a metadata and a root, when it was computed before. */
export async function findCombinedDigest(
  connection: Connection,
  metadata: Digest,
  root: Digest,
): Promise<Digest | undefined> {
  const [row] = await connection.rows<{ combined_digest: Digest }>(
    'SELECT combined_digest FROM combined_digests WHERE metadata_digest = $1 AND root_digest = $2',
    [metadata, root],
  );
  return row?.combined_digest;
}

/** Repeating it is safe: the same bytes give the same digest. */
export async function rememberCombinedDigest(
  tx: Transaction,
  metadata: Digest,
  root: Digest,
  combined: Digest,
): Promise<void> {
  await tx.rows(
    `INSERT INTO combined_digests (metadata_digest, root_digest, combined_digest) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING`,
    [metadata, root, combined],
  );
}

/**
 * Published versions with rows that lack what their content says, and those of which a release before this one left
 * artifacts out because somebody else had published the same bytes as something else. In no order, so that one that
 * cannot be read does not stop the others.
 */
export async function listOutdatedVersions(connection: Connection, limit: number): Promise<VersionId[]> {
  const rows = await connection.rows<{ id: VersionId }>(
    `SELECT v.id FROM versions v
      WHERE ${isPublished('v')} AND v.id IN (
        SELECT version_id FROM stream_roots WHERE content IS NULL
        UNION SELECT version_id FROM stream_reports WHERE reason LIKE 'The same bytes are listed as %')
      ORDER BY random() LIMIT $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/** Whether a version is still published; until the transaction ends it stays so, and nobody else writes its rows. */
export async function lockPublished(tx: Transaction, versionId: VersionId): Promise<boolean> {
  const rows = await tx.rows(
    `SELECT FROM versions v WHERE v.id = $1 AND ${isPublished('v')} FOR NO KEY UPDATE`,
    [versionId],
  );
  return rows.length > 0;
}

/** Tells every replica that published rows of these versions have changed. */
export async function advanceRevision(tx: Transaction, versionIds: readonly VersionId[]): Promise<void> {
  await tx.rows(
    `SELECT note_streams_change(i.image_id) FROM (
       SELECT DISTINCT image_id FROM versions WHERE id = ANY($1::uuid[])) i`,
    [versionIds],
  );
}

/** Puts the rows and reports of a version in the place of earlier ones. */
export async function replaceProjection(
  tx: Transaction,
  versionId: VersionId,
  roots: readonly ProjectedRoot[],
  reports: readonly StreamsReport[],
): Promise<void> {
  await tx.rows('DELETE FROM stream_roots WHERE version_id = $1', [versionId]);
  await tx.rows('DELETE FROM stream_reports WHERE version_id = $1', [versionId]);
  for (const root of roots) {
    await insertRoot(tx, root);
  }
  for (const report of reports) {
    await tx.rows(
      `INSERT INTO stream_reports (artifact_id, client, version_id, projected, reason) VALUES ($1, $2, $3, $4, $5)`,
      [report.artifactId, report.client, versionId, report.projected, report.reason ?? null],
    );
  }
}

async function insertRoot(tx: Transaction, root: ProjectedRoot): Promise<void> {
  await tx.rows(
    `INSERT INTO stream_roots (artifact_id, client, version_id, image_type, architecture, variant, os, release,
                               release_title, requirements, content, format, root_digest, root_size_bytes,
                               metadata_digest, metadata_size_bytes, fingerprint)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      root.artifactId,
      root.client,
      root.versionId,
      root.imageType,
      root.architecture,
      root.variant,
      root.os,
      root.release,
      root.releaseTitle,
      JSON.stringify(root.requirements),
      JSON.stringify(root.content ?? {}),
      root.format,
      root.root.digest,
      root.root.sizeBytes,
      root.metadata?.digest ?? null,
      root.metadata?.sizeBytes ?? null,
      root.fingerprint,
    ],
  );
}
