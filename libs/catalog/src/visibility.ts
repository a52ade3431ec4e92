import { type Digest, hasBrought, isUploadedBy } from '@imgsrv/cas';
import type { Connection, Database } from '@imgsrv/platform';
import type { VersionState } from './versions/version.js';

/**
 * Whose eyes a read has: anyone's, a content-writer's without limits, or those of a limited writer. What somebody cannot see
 * does not exist for them.
 */
export type Viewer = 'anyone' | 'writer' | LimitedWriter;

/** A content-writer whose grant covers some images only. */
export interface LimitedWriter {
  readonly principalId: string;
  /** Exact image names, or beginnings that end with `*`. */
  readonly imagePatterns: readonly string[];
  /** Whether one of the patterns names the image. */
  readonly covers: (imageName: string) => boolean;
}

/** As SQL, whether a row of `versions` of this alias is published, whoever may see it. */
export function isPublished(version: string): string {
  return `${version}.state = 'published'`;
}

/** As SQL, whether a row of `versions` of this alias was never published. */
export function isUnpublished(version: string): string {
  return `${version}.state IN ('draft', 'publishing')`;
}

/** As SQL, whether anyone may see a row of `versions` of this alias. */
export function isPublicVersion(version: string): string {
  return isPublished(version);
}

/** As SQL, whether anyone may see a row of `versions` of this alias, or could until so long ago, when it was withdrawn. */
export function wasPublicVersion(version: string, withinMs: number): string {
  return `(${isPublicVersion(version)}
    OR (${version}.state = 'withdrawn' AND ${version}.withdrawn_at > now() - interval '${withinMs} milliseconds'))`;
}

/** As SQL, whether anyone may see a row of `images` of this alias. */
export function isPublicImage(image: string): string {
  return `EXISTS (SELECT FROM versions p WHERE p.image_id = ${image}.id AND ${isPublicVersion('p')})`;
}

/**
 * Whether the viewer sees all of an image: its drafts, which versions were withdrawn, and itself while it has no version
 * that anyone may see.
 */
export function seesDrafts(viewer: Viewer, imageName: string): boolean {
  return viewer === 'writer' || (viewer !== 'anyone' && viewer.covers(imageName));
}

/** The parameter of `isSeenImage`: the patterns of images that the viewer sees all of, or null for every image. */
export function seenImages(viewer: Viewer): readonly string[] | null {
  if (viewer === 'writer') {
    return null;
  }
  return viewer === 'anyone' ? [] : [...viewer.imagePatterns];
}

/** As SQL, whether a row of `images` of this alias is one of those that the parameter, of `seenImages`, names. */
export function isSeenImage(image: string, parameter: string): string {
  return `(${parameter}::text[] IS NULL OR ${isNamedBy(image, `${parameter}::text[]`)})`;
}

/** As SQL, whether one of the patterns, an array of texts, names a row of `images` of this alias. */
export function isNamedBy(image: string, patterns: string): string {
  return `EXISTS (SELECT FROM unnest(${patterns}) AS p
         WHERE ${image}.name = p OR (right(p, 1) = '*' AND starts_with(${image}.name, left(p, -1))))`;
}

/** Whether the viewer sees the versions of an image, which it sees, that are in this state. */
export function seesState(viewer: Viewer, imageName: string, state: VersionState): boolean {
  return state === 'published' || seesDrafts(viewer, imageName);
}

/** Which viewers see which verified blobs. */
export class BlobVisibility {
  constructor(private readonly database: Database) {}

  async isVisible(digest: Digest, viewer: Viewer): Promise<boolean> {
    return this.database.use((connection) => isBlobVisible(connection, digest, viewer));
  }
}

/**
 * Anyone sees what a version refers to that anyone may see. A limited writer also sees what it uploaded itself, bytes and
 * all, and what versions of its images refer to.
 */
export async function isBlobVisible(
  connection: Connection,
  digest: Digest,
  viewer: Viewer,
): Promise<boolean> {
  if (viewer === 'writer' || (await isPublicBlob(connection, digest))) {
    return true;
  }
  return (
    viewer !== 'anyone' &&
    ((await isUploadedBy(connection, digest, viewer.principalId)) ||
      (await isDeclaredIn(connection, digest, viewer.imagePatterns)))
  );
}

/** Those of the digests of which the viewer does not see the blob, whether or not it is there. */
export async function findInvisibleBlobs(
  connection: Connection,
  digests: readonly Digest[],
  viewer: Viewer,
): Promise<Digest[]> {
  if (viewer === 'writer') {
    return [];
  }
  const [principalId, patterns] =
    viewer === 'anyone' ? [null, []] : [viewer.principalId, viewer.imagePatterns];
  const rows = await connection.rows<{ digest: Digest }>(
    `SELECT w.digest FROM unnest($1::text[]) AS w (digest)
      WHERE NOT (${isPublic('w.digest')} OR ${hasBrought('$2::uuid', 'w.digest')} OR ${isDeclared('w.digest', '$3::text[]')})
      ORDER BY w.digest COLLATE "C"`,
    [digests, principalId, patterns],
  );
  return rows.map(({ digest }) => digest);
}

/** Whether the digest is an artifact or attachment of any version of an image that one of the patterns names. */
async function isDeclaredIn(
  connection: Connection,
  digest: Digest,
  imagePatterns: readonly string[],
): Promise<boolean> {
  const [row] = await connection.rows<{ declared: boolean }>(
    `SELECT ${isDeclared('$1', '$2::text[]')} AS declared`,
    [digest, [...imagePatterns]],
  );
  return row?.declared === true;
}

/** Whether the digest is an artifact or attachment of a version that anyone may see. */
async function isPublicBlob(connection: Connection, digest: Digest): Promise<boolean> {
  const [row] = await connection.rows<{ public: boolean }>(`SELECT ${isPublic('$1')} AS public`, [digest]);
  return row?.public === true;
}

function isDeclared(digest: string, imagePatterns: string): string {
  return `EXISTS (
       SELECT FROM (
         SELECT a.version_id FROM artifacts a WHERE a.primary_blob_digest = ${digest}
         UNION ALL
         SELECT a.version_id FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
          WHERE t.blob_digest = ${digest}
       ) d JOIN versions v ON v.id = d.version_id JOIN images i ON i.id = v.image_id
       WHERE ${isNamedBy('i', imagePatterns)})`;
}

function isPublic(digest: string): string {
  return `(EXISTS (SELECT FROM artifacts a JOIN versions v ON v.id = a.version_id
                     WHERE a.primary_blob_digest = ${digest} AND ${isPublicVersion('v')})
         OR EXISTS (SELECT FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
                      JOIN versions v ON v.id = a.version_id
                     WHERE t.blob_digest = ${digest} AND ${isPublicVersion('v')}))`;
}
