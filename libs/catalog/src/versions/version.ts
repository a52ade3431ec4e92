import type { ImageId, VersionId, VersionName } from '../names/names.js';
import type { VersionMetadata } from './version-metadata.js';

export const VERSION_STATES = ['draft', 'publishing', 'published', 'withdrawn'] as const;
/**
 * draft → publishing → published; a publish that is given up goes back to draft. What is published never changes. It can
 * be withdrawn, and restored within a window. A name that was published once is never free again.
 */
export type VersionState = (typeof VERSION_STATES)[number];

export interface Version {
  readonly id: VersionId;
  readonly imageId: ImageId;
  readonly version: VersionName;
  readonly state: VersionState;
  readonly publishedAt?: Date;
  /** Present while the version is still served but should not be used any more. */
  readonly deprecation?: Deprecation;
  /** Present while, and only while, the version is withdrawn. */
  readonly withdrawal?: Withdrawal;
  readonly metadata: VersionMetadata;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Deprecation {
  readonly reason: string;
  /** The version of the same image to use instead, as it was when this was said. */
  readonly successor?: VersionName;
  readonly deprecatedAt: Date;
}

/** Who withdraws versions: somebody by a request, or the retention policy of the image. */
export type WithdrawnBy = 'request' | 'retention';

export interface Withdrawal {
  readonly reason: string;
  readonly by: WithdrawnBy;
  readonly withdrawnAt: Date;
  /** From here on the version stays withdrawn, and its blobs may be collected. */
  readonly restorableUntil: Date;
}
