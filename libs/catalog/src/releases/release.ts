import { ALIAS_NAME, type AliasName } from '../names/names.js';
import type { NewArtifact } from '../artifacts/artifact.js';
import { type ArtifactDeclaration, parseArtifact } from '../artifacts/artifact-declaration.js';
import type { NewAttachment } from '../attachments/attachment.js';
import { type AttachmentDeclaration, parseAttachment } from '../attachments/attachment-declaration.js';
import { InvalidReleaseError } from '../catalog.errors.js';
import { refuseOtherFormat } from '../deltas/delta-names.js';
import { refuseSecondDelta } from '../deltas/delta-wish.js';
import { refuseSecondMetadata } from '../made-metadata/require-launchable.js';
import type { Visibility } from '../visibility.js';
import { parseVersionMetadata, type VersionMetadata } from '../versions/version-metadata.js';

/** All that a version is to be, as a content-writer says it at once. */
export interface NewRelease {
  readonly artifacts: readonly NewReleaseArtifact[];
  /** What is to name the version from the moment on in which it is published. */
  readonly aliases: readonly string[];
  readonly metadata?: VersionMetadata;
  /** Of an image that the release makes; one that is there keeps its own. */
  readonly visibility?: Visibility;
}

export interface NewReleaseArtifact extends NewArtifact {
  readonly attachments: readonly NewAttachment[];
}

/** A release, or what a version has, in one form. */
export interface ReleaseContent {
  readonly artifacts: readonly ReleasedArtifact[];
  /** By name. */
  readonly aliases: readonly AliasName[];
  readonly metadata: VersionMetadata;
}

export interface ReleasedArtifact {
  readonly artifact: ArtifactDeclaration;
  readonly attachments: readonly AttachmentDeclaration[];
}

export const MAX_ALIASES_PER_RELEASE = 100;

/**
 * Throws InvalidReleaseError, InvalidNameError, InvalidTextError, InvalidSizeError, NotLaunchableError,
 * MetadataGivenTwiceError, InvalidDeltaError and ReservedNameError.
 */
export function parseRelease({ artifacts, aliases, metadata }: NewRelease): ReleaseContent {
  const parsed = artifacts.map(({ attachments, ...artifact }) => ({
    artifact: parseArtifact(artifact),
    attachments: attachments.map(parseAttachment),
  }));
  refuseTwins(
    'artifacts',
    parsed.map(({ artifact }) => artifactKey(artifact)),
  );
  parsed.forEach(({ artifact, attachments }, index) => {
    const names = attachments.map(({ name }) => name);
    refuseTwins(`artifacts/${index}/attachments`, names);
    refuseSecondMetadata(artifact, names);
    refuseSecondDelta(artifact, names);
    attachments.forEach((attachment) => {
      refuseOtherFormat(artifact, attachment);
    });
  });
  return {
    artifacts: parsed,
    aliases: [...new Set(aliases.map((alias) => ALIAS_NAME.parse(alias)))].sort(),
    metadata: parseVersionMetadata(metadata ?? {}),
  };
}

/** What no two artifacts of a version have in common. */
export function artifactKey(artifact: ArtifactDeclaration): string {
  const { operatingSystem, architecture, variant, format } = artifact;
  return [operatingSystem, architecture, variant, format].join(' ');
}

function refuseTwins(list: string, keys: readonly string[]): void {
  const twin = keys.findIndex((key, index) => keys.indexOf(key) < index);
  if (twin >= 0) {
    throw new InvalidReleaseError(`${list}/${twin} is the same as another one: ${keys[twin] ?? ''}.`);
  }
}
