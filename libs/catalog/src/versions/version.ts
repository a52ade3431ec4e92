import type { ImageId, VersionId, VersionName } from '../names/names.js';

export const VERSION_STATES = ['draft', 'publishing', 'published'] as const;
/** draft → publishing → published, which is for ever; a publish that is given up goes back to draft. */
export type VersionState = (typeof VERSION_STATES)[number];

export interface Version {
  readonly id: VersionId;
  readonly imageId: ImageId;
  readonly version: VersionName;
  readonly state: VersionState;
  readonly publishedAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
