import { isDeepStrictEqual } from 'node:util';
import type { AttachmentDeclaration } from '../attachments/attachment-declaration.js';
import { artifactKey, type ReleaseContent, type ReleasedArtifact } from './release.js';

/** Where a release is not what the version has. */
export interface ContentDifference {
  /** Into the release (RFC 6901). */
  readonly pointer: string;
  /** A sentence for the publisher. */
  readonly detail: string;
}

/**
 * The first difference between what a version has and what a release says of it, or undefined when they have the same
 * content. A version that `mayGrow`, a draft, can lack what the release says; nothing may be in the version that the release
 * does not say. What somebody finds out about bytes, ids and times are no content, nor is the order of anything.
 */
export function findContentDifference(
  version: ReleaseContent,
  release: ReleaseContent,
  { mayGrow }: { readonly mayGrow: boolean },
): ContentDifference | undefined {
  // Where the release does not say its source, whatever the version has of it is right.
  const { source, ...others } = release.metadata;
  const metadata = {
    ...others,
    ...((source ?? version.metadata.source) && { source: source ?? version.metadata.source }),
  };
  return (
    findArtifactDifference(version.artifacts, release.artifacts, mayGrow) ??
    findMemberDifference(version.metadata, metadata, VERSION_MEMBERS, '/metadata', mayGrow) ??
    (mayGrow ? undefined : findAliasDifference(version.aliases, release.aliases))
  );
}

function findArtifactDifference(
  present: readonly ReleasedArtifact[],
  wanted: readonly ReleasedArtifact[],
  mayGrow: boolean,
): ContentDifference | undefined {
  const byKey = new Map(present.map((entry) => [artifactKey(entry.artifact), entry]));
  for (const [index, entry] of wanted.entries()) {
    const key = artifactKey(entry.artifact);
    const pointer = `/artifacts/${index}`;
    const counterpart = byKey.get(key);
    if (counterpart === undefined && !mayGrow) {
      return { pointer, detail: `The version has no artifact ${key}.` };
    }
    const difference = counterpart && findFileDifference(counterpart, entry, pointer, mayGrow);
    if (difference !== undefined) {
      return difference;
    }
    byKey.delete(key);
  }
  const [surplus] = byKey.keys();
  return surplus === undefined
    ? undefined
    : { pointer: '/artifacts', detail: `The version has an artifact ${surplus}, which the release lacks.` };
}

function findFileDifference(
  present: ReleasedArtifact,
  wanted: ReleasedArtifact,
  pointer: string,
  mayGrow: boolean,
): ContentDifference | undefined {
  const differing = ARTIFACT_FIELDS.find(([, field]) => present.artifact[field] !== wanted.artifact[field]);
  if (differing !== undefined) {
    return otherValue(`${pointer}/${differing[0]}`, present.artifact[differing[1]]);
  }
  const [before, after] = [present.artifact.metadata, wanted.artifact.metadata];
  return (
    findMemberDifference(before, after, ARTIFACT_MEMBERS, pointer, mayGrow) ??
    findAttachmentDifference(present.attachments, wanted.attachments, `${pointer}/attachments`, mayGrow)
  );
}

const ARTIFACT_FIELDS = [
  ['primary_blob_digest', 'primaryBlobDigest'],
  ['primary_blob_size_bytes', 'primaryBlobSizeBytes'],
  ['primary_media_type', 'primaryMediaType'],
] as const;

const VERSION_MEMBERS = [
  ['notes', 'notes'],
  ['end_of_life', 'endOfLife'],
  ['labels', 'labels'],
  ['source', 'source'],
] as const;

const ARTIFACT_MEMBERS = [
  ['default_user', 'defaultUser'],
  ['min_disk_bytes', 'minDiskBytes'],
  ['min_memory_bytes', 'minMemoryBytes'],
  ['firmware', 'firmware'],
  ['secure_boot', 'secureBoot'],
  ['cloud_init', 'cloudInit'],
  ['incus', 'incus'],
  ['delta_from', 'deltaFrom'],
] as const;

/** `members`: their names in a release, and here. */
function findMemberDifference<Metadata extends object>(
  present: Metadata,
  wanted: Metadata,
  members: readonly (readonly [string, keyof Metadata & string])[],
  pointer: string,
  mayGrow: boolean,
): ContentDifference | undefined {
  for (const [name, member] of members) {
    const [before, after] = [present[member], wanted[member]];
    if (!isDeepStrictEqual(before, after) && !(before === undefined && mayGrow)) {
      const detail =
        before === undefined
          ? `The version says no ${name} there.`
          : `The version says another ${name} there${after === undefined ? ', and the release none' : ''}.`;
      return { pointer: `${pointer}/${name}`, detail };
    }
  }
  return undefined;
}

function findAttachmentDifference(
  present: readonly AttachmentDeclaration[],
  wanted: readonly AttachmentDeclaration[],
  pointer: string,
  mayGrow: boolean,
): ContentDifference | undefined {
  const byName = new Map(present.map((attachment) => [attachment.name, attachment]));
  for (const [index, attachment] of wanted.entries()) {
    const counterpart = byName.get(attachment.name);
    if (counterpart === undefined && !mayGrow) {
      return { pointer: `${pointer}/${index}`, detail: `The artifact has no attachment ${attachment.name}.` };
    }
    const differing =
      counterpart && ATTACHMENT_FIELDS.find(([, field]) => counterpart[field] !== attachment[field]);
    if (counterpart !== undefined && differing !== undefined) {
      return otherValue(`${pointer}/${index}/${differing[0]}`, counterpart[differing[1]]);
    }
    byName.delete(attachment.name);
  }
  const [surplus] = byName.keys();
  return surplus === undefined
    ? undefined
    : { pointer, detail: `The artifact has an attachment ${surplus}, which the release lacks.` };
}

const ATTACHMENT_FIELDS = [
  ['blob_digest', 'blobDigest'],
  ['blob_size_bytes', 'blobSizeBytes'],
  ['media_type', 'mediaType'],
  ['base_version', 'baseVersion'],
] as const;

/** Those that the publish of the version moves or has moved: where they are by now is no matter. */
function findAliasDifference(
  present: readonly string[],
  wanted: readonly string[],
): ContentDifference | undefined {
  return present.length === wanted.length && present.every((alias) => wanted.includes(alias))
    ? undefined
    : {
        pointer: '/aliases',
        detail:
          present.length === 0
            ? 'The version was published without aliases; set them by themselves.'
            : `The version was released with the aliases ${present.join(', ')}.`,
      };
}

function otherValue(pointer: string, present: string | number | undefined): ContentDifference {
  return { pointer, detail: `The version has ${present ?? 'nothing'} there.` };
}
