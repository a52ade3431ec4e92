import type { AliasId, AliasName, ImageId, VersionId, VersionName } from '../names/names.js';

/** A movable name for a published version of an image. */
export interface Alias {
  /** Stays when the alias moves. */
  readonly id: AliasId;
  readonly imageId: ImageId;
  readonly alias: AliasName;
  readonly versionId: VersionId;
  readonly version: VersionName;
  /** Changes with every move, and is another one when the alias was deleted and made anew. Opaque. */
  readonly entityTag: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What must be true of the alias for a change to happen. */
export type AliasPrecondition = (current: Alias | undefined) => boolean;

export const MAX_ALIASES_PER_IMAGE = 1000;
