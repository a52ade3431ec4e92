import { type Digest, hasBrought, isUploadedBy } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { VersionState } from './versions/version.js';

/** Who may see what is published of an image: everybody, whoever has a valid credential, or those with a grant for it. */
export type Visibility = 'public' | 'internal' | 'private';

export const VISIBILITIES: readonly Visibility[] = ['public', 'internal', 'private'];

/**
 * The images of which a reader sees what is published, as patterns of `<visibility>:<name>`, exact or beginnings that end with `*`.
 * Readers with equal audiences see the same.
 */
export type Audience = readonly string[];

/**
 * Whose eyes a read has: anyone's, a content-writer's without limits, or those of somebody known. What somebody cannot see
 * does not exist for them.
 */
export type Viewer = 'anyone' | 'writer' | KnownViewer;

/** A caller with a valid credential who sees less than everything. */
export interface KnownViewer {
  /** Of a content-writer: it sees what it uploaded. */
  readonly principalId?: string;
  /** Of which images it sees drafts too: exact names, or beginnings that end with `*`; none for who only reads. */
  readonly imagePatterns: readonly string[];
  /** Whether one of these patterns names the image. */
  readonly covers: (imageName: string) => boolean;
  /** It has every image in it that `imagePatterns` name. */
  readonly audience: Audience;
}

/** The same eyes, for what is published only. */
export function asReader(viewer: Viewer): Viewer {
  return viewer === 'anyone'
    ? viewer
    : { imagePatterns: [], covers: () => false, audience: audienceOf(viewer) };
}

/** 'all' images, or those that one of the patterns names. */
type Scope = 'all' | readonly string[];

const EVERYBODY: Audience = ['public:*'];

/** Whether the audience sees what everybody sees, and no more or less. */
export function isEverybody(audience: Audience): boolean {
  return audience.join() === EVERYBODY.join();
}

export function audienceOf(viewer: Viewer): Audience {
  if (viewer === 'anyone') {
    return EVERYBODY;
  }
  return viewer === 'writer' ? ['*'] : viewer.audience;
}

/**
 * The audience of a caller with a valid credential: all that is public and internal, and what is private of the images that it has
 * a grant for. With `within`, no other images than these.
 */
export function knownAudience(granted: Scope, within: Scope = 'all'): Audience {
  return [
    ...namesOf(within).flatMap((name) => [`public:${name}`, `internal:${name}`]),
    ...intersectionOf(namesOf(granted), namesOf(within)).map((name) => `private:${name}`),
  ].sort();
}

function namesOf(scope: Scope): readonly string[] {
  return scope === 'all' ? ['*'] : scope;
}

/** Patterns for the names that are named by one of each. */
function intersectionOf(some: readonly string[], others: readonly string[]): readonly string[] {
  const both = some.flatMap((one) =>
    others.flatMap((other) => (isWithin(one, other) ? [one] : isWithin(other, one) ? [other] : [])),
  );
  return [...new Set(both)];
}

/** Whether a pattern names only what the other one names. */
function isWithin(pattern: string, other: string): boolean {
  return other.endsWith('*') ? pattern.startsWith(other.slice(0, -1)) : pattern === other;
}

/** As SQL, whether a row of `images` of this alias is in the audience, an array of texts that the parameter is. */
export function isInAudience(image: string, parameter: string): string {
  return isMatched(`(${image}.visibility || ':' || ${image}.name)`, `${parameter}::text[]`);
}

/** The same as `isInAudience`, of what was read already. */
export function isSeenBy(audience: Audience, { visibility, image }: SeenImage): boolean {
  return audience.some((pattern) => isWithin(`${visibility}:${image}`, pattern));
}

export interface SeenImage {
  readonly visibility: Visibility;
  readonly image: string;
}

/** The same as `isNamedBy`, of a name that was read already. */
export function isOneOf(image: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => isWithin(image, pattern));
}

/** As SQL, whether a row of `versions` of this alias is published, whoever may see it. */
export function isPublished(version: string): string {
  return `${version}.state = 'published'`;
}

/** As SQL, whether a row of `versions` of this alias was never published. */
export function isUnpublished(version: string): string {
  return `${version}.state IN ('draft', 'publishing')`;
}

/** As SQL, whether a row of `versions` of this alias is published, or was until so long ago, when it was withdrawn. */
export function wasPublished(version: string, withinMs: number): string {
  return `(${isPublished(version)}
    OR (${version}.state = 'withdrawn' AND ${version}.withdrawn_at > now() - interval '${withinMs} milliseconds'))`;
}

/** As SQL, whether a row of `images` of this alias has a published version, whoever may see it. */
export function hasPublished(image: string): string {
  return `EXISTS (SELECT FROM versions p WHERE p.image_id = ${image}.id AND ${isPublished('p')})`;
}

/** Whether the viewer sees all of an image: its drafts, which versions were withdrawn, and itself while nothing is published of it. */
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
  return isMatched(`${image}.name`, patterns);
}

/** OFFSET keeps the planner from a join, of which it would expect next to no rows, and sort every image for the first page. */
function isMatched(text: string, patterns: string): string {
  return `EXISTS (SELECT FROM unnest(${patterns}) AS p
         WHERE ${text} = p OR (right(p, 1) = '*' AND starts_with(${text}, left(p, -1))) OFFSET 0)`;
}

/** Whether the viewer sees the versions of an image, which it sees, that are in this state. */
export function seesState(viewer: Viewer, imageName: string, state: VersionState): boolean {
  return state === 'published' || seesDrafts(viewer, imageName);
}

/**
 * A viewer sees what a published version refers to of an image in its audience. A limited writer also sees what it uploaded itself,
 * bytes and all, and what versions of its images refer to.
 */
export async function isBlobVisible(
  connection: Connection,
  digest: Digest,
  viewer: Viewer,
): Promise<boolean> {
  return (
    viewer === 'writer' ||
    (await findRead(connection, [digest], audienceOf(viewer))).has(digest) ||
    (await isSeenBesides(connection, digest, viewer))
  );
}

/** What a limited writer sees besides what its audience does. */
export async function isSeenBesides(
  connection: Connection,
  digest: Digest,
  viewer: Exclude<Viewer, 'writer'>,
): Promise<boolean> {
  return (
    viewer !== 'anyone' &&
    ((viewer.principalId !== undefined && (await isUploadedBy(connection, digest, viewer.principalId))) ||
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
    viewer === 'anyone' ? [null, []] : [viewer.principalId ?? null, viewer.imagePatterns];
  const rows = await connection.rows<{ digest: Digest }>(
    `SELECT w.digest FROM unnest($1::text[]) AS w (digest)
      WHERE NOT (${isReadable('w.digest', '$4')} OR ${hasBrought('$2::uuid', 'w.digest')} OR ${isDeclared('w.digest', '$3::text[]')})
      ORDER BY w.digest COLLATE "C"`,
    [digests, principalId, patterns, audienceOf(viewer)],
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

/** Those of the digests that are an artifact or attachment of a published version of an image in the audience. */
export async function findRead(
  connection: Connection,
  digests: readonly Digest[],
  audience: Audience,
): Promise<Map<Digest, true>> {
  const rows = await connection.rows<{ digest: Digest }>(
    `SELECT w.digest FROM unnest($1::text[]) AS w (digest) WHERE ${isReadable('w.digest', '$2')}`,
    [digests, audience],
  );
  return new Map(rows.map(({ digest }) => [digest, true]));
}

function isDeclared(digest: string, imagePatterns: string): string {
  return isDeclaredByAny(digest, isNamedBy('i', imagePatterns));
}

function isReadable(digest: string, audience: string): string {
  return isDeclaredByAny(digest, `${isPublished('v')} AND ${isInAudience('i', audience)}`);
}

/**
 * As SQL, whether a version `v` of an image `i` that is so declares the digest as an artifact or attachment. What is nested, and
 * OFFSET, leave the planner one way, from the digest: without fresh statistics it would begin at all published versions.
 */
function isDeclaredByAny(digest: string, condition: string): string {
  return `EXISTS (SELECT FROM (
         SELECT a.version_id FROM artifacts a WHERE a.primary_blob_digest = ${digest}
         UNION ALL
         SELECT (SELECT a.version_id FROM artifacts a WHERE a.id = t.artifact_id)
           FROM attachments t WHERE t.blob_digest = ${digest}) d
       WHERE EXISTS (SELECT FROM versions v JOIN images i ON i.id = v.image_id
                      WHERE v.id = d.version_id AND ${condition} OFFSET 0))`;
}
