import type { AliasName, ChannelName } from '../names/names.js';

/** A named view of the catalogue: of each image that a pattern names, the version that the alias names. */
export interface Channel {
  readonly name: ChannelName;
  /** Exact image names, or beginnings that end with `*`. */
  readonly imagePatterns: readonly string[];
  readonly alias: AliasName;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SavedChannel {
  readonly channel: Channel;
  /** Published images that the patterns name, and how many of these have the alias. */
  readonly images: number;
  readonly shown: number;
}

export const MAX_CHANNELS = 64;
