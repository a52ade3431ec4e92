import type { FormatName } from '../formats/image-formats.js';
import type { Image } from '../images/image.js';
import type { AliasName, Token, VersionId, VersionName } from '../names/names.js';

/** A published image at one glance: what a list of images shows of each. */
export interface ImageOverview {
  readonly image: Image;
  /** The version that was published last. */
  readonly newest: {
    readonly version: VersionName;
    readonly publishedAt: Date;
    readonly isDeprecated: boolean;
    readonly formats: readonly FormatName[];
    readonly architectures: readonly Token[];
  };
  readonly publishedVersions: number;
  /** The first of them by name, at most `MOST_SHOWN_ALIASES`. */
  readonly aliases: readonly AliasName[];
}

/** A version that was never published, or is just being. */
export interface UnpublishedVersion {
  readonly id: VersionId;
  readonly imageName: string;
  readonly version: VersionName;
  readonly state: 'draft' | 'publishing';
  readonly artifacts: number;
  readonly createdAt: Date;
}

export const MOST_SHOWN_ALIASES = 6;
