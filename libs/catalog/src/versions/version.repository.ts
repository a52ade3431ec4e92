import type { Connection, Transaction } from '@imgsrv/platform';
import { VersionNotDraftError, VersionNotFoundError, VersionWithdrawnError } from '../catalog.errors.js';
import type { Image } from '../images/image.js';
import { getImage } from '../images/image.repository.js';
import type { ImageId, VersionId, VersionName } from '../names/names.js';
import {
  type Audience,
  audienceOf,
  isInAudience,
  isUnpublished,
  seesState,
  type Viewer,
} from '../visibility.js';
import type { VersionAddress } from './version-address.js';
import type { VersionMetadata } from './version-metadata.js';
import type { Version, VersionState, WithdrawnBy } from './version.js';

/** Without the notes, which may be long. */
export const LISTED_COLUMNS = `v.id, v.image_id, v.version, v.state, v.published_at, v.deprecated_at, v.deprecation_reason,
  v.deprecation_successor, v.withdrawn_at, v.withdrawal_reason, v.withdrawn_by, v.restorable_until, v.end_of_life::text,
  v.labels, v.source_repository, v.source_commit, v.source_pipeline_url, v.created_at, v.updated_at`;
export const VERSION_COLUMNS = `${LISTED_COLUMNS}, v.notes`;

export interface VersionRow {
  readonly id: VersionId;
  readonly image_id: ImageId;
  readonly version: VersionName;
  readonly state: VersionState;
  readonly published_at: Date | null;
  readonly deprecated_at: Date | null;
  readonly deprecation_reason: string | null;
  readonly deprecation_successor: VersionName | null;
  readonly withdrawn_at: Date | null;
  readonly withdrawal_reason: string | null;
  readonly withdrawn_by: WithdrawnBy | null;
  readonly restorable_until: Date | null;
  /** Absent in lists. */
  readonly notes?: string | null;
  readonly end_of_life: string | null;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly source_repository: string | null;
  readonly source_commit: string | null;
  readonly source_pipeline_url: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The new draft, or undefined when the image has a version of this name. */
export async function insertDraft(
  tx: Transaction,
  imageId: ImageId,
  name: VersionName,
  createdBy: string,
  metadata: VersionMetadata,
): Promise<Version | undefined> {
  const [row] = await tx.rows<VersionRow>(
    `INSERT INTO versions AS v (image_id, version, created_by, notes, end_of_life, labels, source_repository,
       source_commit, source_pipeline_url)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (image_id, version) DO NOTHING RETURNING ${VERSION_COLUMNS}`,
    [imageId, name, createdBy, ...metadataValues(metadata)],
  );
  return row && toVersion(row);
}

/** Replaces all metadata of a draft; the database refuses it for any other version. */
export async function updateMetadata(
  tx: Transaction,
  id: VersionId,
  metadata: VersionMetadata,
): Promise<Version> {
  return updateVersion(
    tx,
    `SET notes = $2, end_of_life = $3, labels = $4, source_repository = $5, source_commit = $6,
       source_pipeline_url = $7, updated_at = now() WHERE v.id = $1`,
    [id, ...metadataValues(metadata)],
  );
}

function metadataValues({ notes, endOfLife, labels, source }: VersionMetadata): readonly unknown[] {
  return [
    notes ?? null,
    endOfLife ?? null,
    labels === undefined ? null : JSON.stringify(labels),
    source?.repository ?? null,
    source?.commit ?? null,
    source?.pipelineUrl ?? null,
  ];
}

/** How many versions that were never published a principal has made. */
export async function countUnpublished(connection: Connection, principalId: string): Promise<number> {
  const [row] = await connection.rows<{ unpublished: string }>(
    `SELECT count(*) AS unpublished FROM versions WHERE created_by = $1 AND ${isUnpublished('versions')}`,
    [principalId],
  );
  return Number(row?.unpublished);
}

export async function findVersion(
  connection: Connection,
  imageId: ImageId,
  name: VersionName,
): Promise<Version | undefined> {
  const [row] = await connection.rows<VersionRow>(
    `SELECT ${VERSION_COLUMNS} FROM versions v WHERE v.image_id = $1 AND v.version = $2`,
    [imageId, name],
  );
  return row && toVersion(row);
}

/**
 * Throws VersionWithdrawnError, VersionNotFoundError when there is none or it cannot be seen, and ImageNotFoundError.
 */
export async function getVersion(
  connection: Connection,
  address: VersionAddress,
  viewer: Viewer,
): Promise<Version> {
  return (await getImageAndVersion(connection, address, viewer)).version;
}

/** As `getVersion`, with the image. */
export async function getImageAndVersion(
  connection: Connection,
  address: VersionAddress,
  viewer: Viewer,
): Promise<{ readonly image: Image; readonly version: Version }> {
  const version = await findVersionAt(connection, address, audienceOf(viewer));
  // Before anything is looked at that only images with something published show.
  refuseWithdrawn(version);
  const image = await getImage(connection, address.image, viewer);
  if (version === undefined || !seesState(viewer, address.image, version.state)) {
    throw new VersionNotFoundError();
  }
  return { image, version };
}

/** Of any state, of an image of the audience. */
export async function findVersionAt(
  connection: Connection,
  { image, version }: VersionAddress,
  audience: Audience,
): Promise<Version | undefined> {
  const [row] = await connection.rows<VersionRow>(
    `SELECT ${VERSION_COLUMNS} FROM versions v JOIN images i ON i.id = v.image_id WHERE i.name = $1 AND v.version = $2
       AND ${isInAudience('i', '$3')}`,
    [image, version, audience],
  );
  return row && toVersion(row);
}

/** Throws VersionWithdrawnError. */
export function refuseWithdrawn(version: Version | undefined): void {
  if (version?.withdrawal !== undefined) {
    throw new VersionWithdrawnError(version.withdrawal);
  }
}

/**
 * The version, on which every edit and every publish waits until the transaction ends, so that the state read
 * here stays true. Throws VersionNotFoundError and ImageNotFoundError.
 */
export async function lockVersion(tx: Transaction, address: VersionAddress): Promise<Version> {
  const image = await getImage(tx, address.image, 'writer');
  const [row] = await tx.rows<VersionRow>(
    `SELECT ${VERSION_COLUMNS} FROM versions v WHERE v.image_id = $1 AND v.version = $2 FOR UPDATE`,
    [image.id, address.version],
  );
  if (row === undefined) {
    throw new VersionNotFoundError();
  }
  return toVersion(row);
}

/** As `lockVersion`. Throws VersionNotDraftError as well. */
export async function lockDraft(tx: Transaction, address: VersionAddress): Promise<Version> {
  const version = await lockVersion(tx, address);
  if (version.state !== 'draft') {
    throw new VersionNotDraftError(version.state);
  }
  return version;
}

/** The version as an update leaves it, `change` being its SET and WHERE; undefined when that fits none. */
export async function findUpdatedVersion(
  tx: Transaction,
  change: string,
  parameters: readonly unknown[],
): Promise<Version | undefined> {
  const [row] = await tx.rows<VersionRow>(
    `UPDATE versions AS v ${change} RETURNING ${VERSION_COLUMNS}`,
    parameters,
  );
  return row && toVersion(row);
}

/** As `findUpdatedVersion`. Throws VersionNotFoundError when it fits none. */
export async function updateVersion(
  tx: Transaction,
  change: string,
  parameters: readonly unknown[],
): Promise<Version> {
  const updated = await findUpdatedVersion(tx, change, parameters);
  if (updated === undefined) {
    throw new VersionNotFoundError();
  }
  return updated;
}

/** Removes a draft with its artifacts and attachments; the database refuses any other version. */
export async function deleteDraft(tx: Transaction, id: VersionId): Promise<void> {
  await tx.rows(`DELETE FROM versions WHERE id = $1 AND state = 'draft'`, [id]);
}

export function toVersion(row: VersionRow): Version {
  return {
    id: row.id,
    imageId: row.image_id,
    version: row.version,
    state: row.state,
    ...(row.published_at === null ? {} : { publishedAt: row.published_at }),
    ...toDeprecation(row),
    ...toWithdrawal(row),
    metadata: toMetadata(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toMetadata(row: VersionRow): VersionMetadata {
  const { notes = null, end_of_life: endOfLife, labels } = row;
  const source = {
    ...(row.source_repository === null ? {} : { repository: row.source_repository }),
    ...(row.source_commit === null ? {} : { commit: row.source_commit }),
    ...(row.source_pipeline_url === null ? {} : { pipelineUrl: row.source_pipeline_url }),
  };
  return {
    ...(notes === null ? {} : { notes }),
    ...(endOfLife === null ? {} : { endOfLife }),
    ...(labels === null ? {} : { labels }),
    ...(Object.keys(source).length === 0 ? {} : { source }),
  };
}

function toDeprecation(row: VersionRow): Pick<Version, 'deprecation'> {
  const { deprecated_at: deprecatedAt, deprecation_reason: reason, deprecation_successor: successor } = row;
  return deprecatedAt === null || reason === null
    ? {}
    : { deprecation: { reason, ...(successor === null ? {} : { successor }), deprecatedAt } };
}

function toWithdrawal(row: VersionRow): Pick<Version, 'withdrawal'> {
  const { withdrawal_reason: reason, withdrawn_by: by, withdrawn_at, restorable_until } = row;
  return reason === null || by === null || withdrawn_at === null || restorable_until === null
    ? {}
    : { withdrawal: { reason, by, withdrawnAt: withdrawn_at, restorableUntil: restorable_until } };
}
