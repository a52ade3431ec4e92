import { InvalidTextError } from '../catalog.errors.js';
import { type ImageDescription, parseImageDescription } from '../made-metadata/image-description.js';
import { parseDeclaredSize } from '../names/declared-size.js';
import { VERSION_NAME } from '../names/names.js';

export const FIRMWARES = ['uefi', 'bios'] as const;
export type Firmware = (typeof FIRMWARES)[number];

/** What whoever starts an artifact should know; nobody checks it against the bytes. */
export interface ArtifactMetadata {
  /** Who logs in first. */
  readonly defaultUser?: string;
  readonly minDiskBytes?: number;
  readonly minMemoryBytes?: number;
  /** What a virtual machine boots with. */
  readonly firmware?: Firmware;
  /** Whether it boots where only signed systems do. */
  readonly secureBoot?: boolean;
  /** Whether cloud-init sets it up at its first start. */
  readonly cloudInit?: boolean;
  /** Of which the publish makes metadata for Incus and LXD. */
  readonly incus?: ImageDescription;
  /** The version of the image of which the publish makes a delta, if it can. */
  readonly deltaFrom?: string;
}

/** An absent member stays as it is, null takes it away. */
export type ArtifactMetadataChanges = {
  readonly [Member in keyof ArtifactMetadata]?: ArtifactMetadata[Member] | null;
};

export const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;

/** The metadata as the changes leave it. Throws InvalidTextError, InvalidNameError and InvalidSizeError. */
export function changedArtifactMetadata(
  current: ArtifactMetadata,
  changes: ArtifactMetadataChanges,
): ArtifactMetadata {
  const merged = Object.entries<unknown>({ ...current, ...changes }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return parseArtifactMetadata(Object.fromEntries(merged));
}

/** Throws InvalidTextError, InvalidNameError and InvalidSizeError. */
export function parseArtifactMetadata(metadata: ArtifactMetadata): ArtifactMetadata {
  const { defaultUser, minDiskBytes, minMemoryBytes, incus, deltaFrom } = metadata;
  if (defaultUser !== undefined && !USER_NAME.test(defaultUser)) {
    throw new InvalidTextError(
      'The name of a user has 1 to 32 of A-Z, a-z, 0-9, "_", "." and "-", the first a letter or "_".',
    );
  }
  if (deltaFrom !== undefined) {
    VERSION_NAME.parse(deltaFrom);
  }
  [minDiskBytes, minMemoryBytes].forEach((size) => size === undefined || parseDeclaredSize(size));
  return incus === undefined ? metadata : { ...metadata, incus: parseImageDescription(incus) };
}
