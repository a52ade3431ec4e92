import { ImgsrvError } from '@imgsrv/platform';
import type { NameKind } from './names/name-kinds.js';
import type { VersionState, Withdrawal } from './versions/version.js';

/** A name outside its grammar. */
export class InvalidNameError extends ImgsrvError {
  readonly code = 'invalid-name';
}

/** A text with characters or a length that are not allowed. */
export class InvalidTextError extends ImgsrvError {
  readonly code = 'invalid-text';
}

/** A size in bytes that no blob has. */
export class InvalidSizeError extends ImgsrvError {
  readonly code = 'invalid-size';

  constructor(maxSizeBytes: number) {
    super(`A size is a whole number of bytes from 0 to ${maxSizeBytes}.`);
  }
}

/** A name that Simple Streams clients would read as an architecture. */
export class ReservedNameError extends ImgsrvError {
  readonly code = 'reserved-name';

  constructor(name: string, member: string) {
    const detail = `"${name}" is the name of an architecture and cannot be used as ${member}.`;
    super(detail);
  }
}

/** There is no such image, or the caller may not see it. */
export class ImageNotFoundError extends ImgsrvError {
  readonly code = 'image-not-found';

  constructor(options?: { cause?: unknown }) {
    super('There is no such image.', options);
  }
}

/** There is no such version, or the caller may not see it. */
export class VersionNotFoundError extends ImgsrvError {
  readonly code = 'version-not-found';

  constructor() {
    super('There is no such version.');
  }
}

/** There is no such artifact, or it is not published. */
export class ArtifactNotFoundError extends ImgsrvError {
  readonly code = 'artifact-not-found';

  constructor() {
    super('There is no such artifact.');
  }
}

/** There is no such attachment, or it is not published. */
export class AttachmentNotFoundError extends ImgsrvError {
  readonly code = 'attachment-not-found';

  constructor() {
    super('There is no such attachment.');
  }
}

/** The image has no such alias. */
export class AliasNotFoundError extends ImgsrvError {
  readonly code = 'alias-not-found';

  constructor() {
    super('There is no such alias.');
  }
}

/** Neither a published version nor an alias of the image has this name. */
export class RefNotFoundError extends ImgsrvError {
  readonly code = 'ref-not-found';

  constructor() {
    super('There is no published version and no alias of this name.');
  }
}

/** There is no such publish job. */
export class PublishJobNotFoundError extends ImgsrvError {
  readonly code = 'publish-job-not-found';

  constructor(options?: { cause?: unknown }) {
    super('There is no such publish job.', options);
  }
}

export class ImageExistsError extends ImgsrvError {
  readonly code = 'image-exists';

  constructor() {
    super('An image of this name exists already.');
  }
}

export class VersionExistsError extends ImgsrvError {
  readonly code = 'version-exists';

  constructor() {
    super('The image has a version of this name already.');
  }
}

/** Versions, aliases and variants of an image share one name space, and the name stands for something in it. */
export class NameTakenError extends ImgsrvError {
  readonly code = 'name-taken';

  constructor(name: string, kind: NameKind, version: string) {
    super(`"${name}" already stands for ${holderOf(kind, version)} in this image; use another name.`, {
      members: { taken_by: kind, taken_by_version: version },
    });
  }
}

function holderOf(kind: NameKind, version: string): string {
  switch (kind) {
    case 'version':
      return 'a version';
    case 'alias':
      return `an alias of version ${version}`;
    case 'variant':
      return `a variant of version ${version}`;
  }
}

export class ArtifactExistsError extends ImgsrvError {
  readonly code = 'artifact-exists';

  constructor() {
    super('The version has an artifact of this variant, operating system, architecture and format already.');
  }
}

export class AttachmentExistsError extends ImgsrvError {
  readonly code = 'attachment-exists';

  constructor() {
    super('The artifact has an attachment of this name already.');
  }
}

/** A change of a version that is being published or is published. */
export class VersionNotDraftError extends ImgsrvError {
  readonly code = 'version-not-draft';

  constructor(state: VersionState) {
    super(`Only a draft can be changed; this version is ${state}.`, { members: { current_state: state } });
  }
}

/** Only a published version can be named by an alias, be deprecated or withdrawn, or succeed another one. */
export class VersionNotPublishedError extends ImgsrvError {
  readonly code = 'version-not-published';

  constructor(state: VersionState) {
    super(`This needs a published version; this one is ${state}.`, { members: { current_state: state } });
  }
}

/** A version that was published once and was taken back. Everybody may know that, and why. */
export class VersionWithdrawnError extends ImgsrvError {
  readonly code = 'version-withdrawn';

  constructor({ reason, withdrawnAt }: Withdrawal) {
    super(`This version was withdrawn: ${reason}`, {
      members: { reason, withdrawn_at: withdrawnAt.toISOString() },
    });
  }
}

/** A restore of a version that is not withdrawn. */
export class VersionNotWithdrawnError extends ImgsrvError {
  readonly code = 'version-not-withdrawn';

  constructor(state: VersionState) {
    super(`Only a withdrawn version can be restored; this one is ${state}.`, {
      members: { current_state: state },
    });
  }
}

/** A restore of a version after its window; its blobs may be gone. */
export class RestoreWindowOverError extends ImgsrvError {
  readonly code = 'restore-window-over';

  constructor(restorableUntil: Date) {
    const until = restorableUntil.toISOString();
    super(`This version could be restored until ${until}; publish its content as a new version.`, {
      members: { restorable_until: until },
    });
  }
}

/** A withdrawal of a version that users still reach by an alias. */
export class VersionAliasedError extends ImgsrvError {
  readonly code = 'version-aliased';

  constructor(aliases: readonly string[]) {
    super(
      'Aliases name this version; say with move_aliases_to which published version they shall name, or delete them.',
      { members: { aliases } },
    );
  }
}

/** A version that is to take the place of itself. */
export class SameVersionError extends ImgsrvError {
  readonly code = 'same-version';

  constructor(member: 'successor' | 'move_aliases_to') {
    super(`${member} has to be another version of the image.`);
  }
}

/** A retention policy with no rule that keeps anything. */
export class InvalidRetentionError extends ImgsrvError {
  readonly code = 'invalid-retention';

  constructor() {
    super('A policy has to keep something: give keep_newest, keep_younger_than or both.');
  }
}

/** Neither the image nor the service has a retention policy. */
export class RetentionNotFoundError extends ImgsrvError {
  readonly code = 'retention-not-found';

  constructor() {
    super('No retention policy goes for this image: every version is kept.');
  }
}

/** A deletion of an image whose versions were published, or are just being. */
export class ImageNotEmptyError extends ImgsrvError {
  readonly code = 'image-not-empty';

  constructor(versions: Readonly<Record<Exclude<VersionState, 'draft'>, number>>) {
    super(
      'Only an image of which nothing was ever published can be deleted: the name of a version is never free again.',
      { members: { versions } },
    );
  }
}

/** A publish of a version that has nothing to publish. */
export class VersionEmptyError extends ImgsrvError {
  readonly code = 'version-empty';

  constructor() {
    super('A version needs at least one artifact before it can be published.');
  }
}

/** A publish whose bytes are not all here, or not with the declared sizes. */
export class BlobsNotVerifiedError extends ImgsrvError {
  readonly code = 'blobs-not-verified';

  constructor(missingDigests: readonly string[]) {
    super(
      missingDigests.length === 1
        ? 'One blob that the version refers to is not verified with the declared size.'
        : `${missingDigests.length} blobs that the version refers to are not verified with the declared sizes.`,
      { members: { missing_digests: missingDigests } },
    );
  }
}

/** A release that contradicts itself. */
export class InvalidReleaseError extends ImgsrvError {
  readonly code = 'invalid-release';
}

/** Metadata for Incus and LXD is to be made of an artifact that they could not use with it. */
export class NotLaunchableError extends ImgsrvError {
  readonly code = 'not-launchable';
}

/** An artifact says `incus` and has an attachment with metadata as well. */
export class MetadataGivenTwiceError extends ImgsrvError {
  readonly code = 'metadata-given-twice';

  constructor(attachment: string) {
    super(
      `An artifact has either incus, of which its metadata is made, or the attachment ${attachment}, not both.`,
      { members: { attachment } },
    );
  }
}

/** An attachment is a delta and says no base, says one and is none, or belongs to an artifact of another format; or no delta can be made. */
export class InvalidDeltaError extends ImgsrvError {
  readonly code = 'invalid-delta';
}

/** A delta cannot be published or made because there is nothing that clients could apply it to. */
export class DeltaBaseUnusableError extends ImgsrvError {
  readonly code = 'delta-base-unusable';

  /** `what`: the begin of a sentence that goes on with the version. */
  constructor(
    what: string,
    { attachment, baseVersion }: { readonly attachment: string; readonly baseVersion: string },
    reason: string,
  ) {
    super(`${what} the version ${baseVersion}, ${reason}.`, {
      members: { attachment, base_version: baseVersion },
    });
  }
}

/** A delta is hardly smaller than what it saves. */
export class DeltaTooLargeError extends ImgsrvError {
  readonly code = 'delta-too-large';

  constructor(attachment: string, sizeBytes: number, maxBytes: number) {
    super(
      `The attachment ${attachment} has ${sizeBytes} bytes; a delta of this artifact may have ${maxBytes}. Leave it out.`,
      { members: { attachment, max_bytes: maxBytes } },
    );
  }
}

/** A release of a version that has other content already. */
export class ReleaseConflictError extends ImgsrvError {
  readonly code = 'release-conflict';

  constructor(difference: { readonly pointer: string; readonly detail: string }, state: VersionState) {
    super(`The version is ${state} with other content than the release. ${difference.detail}`, {
      members: { pointer: difference.pointer, current_state: state },
    });
  }
}

/** A limited writer refers to a blob that it has not uploaded and cannot see, or that is not there at all. */
export class BlobNotAvailableError extends ImgsrvError {
  readonly code = 'blob-not-available';

  constructor(digest: string) {
    super(
      'Your grant covers some images only: you can attach the blobs that you have uploaded completely, or may read.',
      { members: { missing_digests: [digest] } },
    );
  }
}

/** The alias is not, or no longer, what the caller's precondition says. */
export class AliasChangedError extends ImgsrvError {
  readonly code = 'alias-changed';

  constructor() {
    super('The alias does not match the precondition of the request.');
  }
}

export class ChannelNotFoundError extends ImgsrvError {
  readonly code = 'channel-not-found';

  constructor() {
    super('There is no channel of this name.');
  }
}

/** The alias names that version already. */
export class NothingToPromoteError extends ImgsrvError {
  readonly code = 'nothing-to-promote';

  constructor(alias: string, version: string) {
    super(`The alias ${alias} names the version ${version} already.`);
  }
}

export class PromotionNotFoundError extends ImgsrvError {
  readonly code = 'promotion-not-found';

  constructor() {
    super('There is no promotion with this id, or it is not among the last that are kept.');
  }
}

/** The alias is no longer where the promotion had put it. */
export class PromotionSupersededError extends ImgsrvError {
  readonly code = 'promotion-superseded';

  constructor(alias: string, version: string | undefined) {
    super(
      `The alias ${alias} was moved since that promotion: ${version === undefined ? 'it is not there any more' : `it names ${version}`}.`,
    );
  }
}

/** A principal has made as many versions that are not published as it may have. */
export class DraftLimitError extends ImgsrvError {
  readonly code = 'draft-limit';

  constructor(used: number, allowed: number) {
    super(
      `You have made ${used} versions that are not published and may have ${allowed}: publish or delete some.`,
      {
        members: { used, allowed },
      },
    );
  }
}

/** One more would be more than the service keeps in one place. */
export class CatalogLimitError extends ImgsrvError {
  readonly code = 'catalog-limit';

  constructor(what: string, limit: number) {
    super(`There can be at most ${limit} ${what}.`, { members: { limit } });
  }
}

export type CatalogErrorCode = (
  | InvalidNameError
  | InvalidTextError
  | InvalidSizeError
  | ReservedNameError
  | ImageNotFoundError
  | ChannelNotFoundError
  | NothingToPromoteError
  | PromotionNotFoundError
  | PromotionSupersededError
  | VersionNotFoundError
  | ArtifactNotFoundError
  | AttachmentNotFoundError
  | AliasNotFoundError
  | RefNotFoundError
  | PublishJobNotFoundError
  | ImageExistsError
  | VersionExistsError
  | NameTakenError
  | ArtifactExistsError
  | AttachmentExistsError
  | VersionNotDraftError
  | VersionNotPublishedError
  | VersionWithdrawnError
  | VersionNotWithdrawnError
  | RestoreWindowOverError
  | VersionAliasedError
  | SameVersionError
  | ImageNotEmptyError
  | InvalidRetentionError
  | RetentionNotFoundError
  | VersionEmptyError
  | BlobsNotVerifiedError
  | BlobNotAvailableError
  | InvalidReleaseError
  | NotLaunchableError
  | MetadataGivenTwiceError
  | InvalidDeltaError
  | DeltaBaseUnusableError
  | DeltaTooLargeError
  | ReleaseConflictError
  | AliasChangedError
  | CatalogLimitError
  | DraftLimitError
)['code'];
