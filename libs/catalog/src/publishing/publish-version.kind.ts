import type { JobKind } from '@imgsrv/jobs';
import { VERSION_ID, type VersionId } from '../names/names.js';

/** Which version a publish job is about. */
export interface PublishVersionPayload {
  readonly versionId: VersionId;
}

const PUBLISH_STEPS = [
  { name: 'validate_catalog', sequence: 10, blocking: true },
  { name: 'incus_index', sequence: 20, blocking: true },
  { name: 'finalize_publish', sequence: 30, blocking: true },
] as const;

export type PublishStepName = (typeof PUBLISH_STEPS)[number]['name'];

/** Turns a version that is `publishing` into a published one. */
export const PUBLISH_VERSION: JobKind<PublishVersionPayload> = {
  name: 'publish_version',
  maxAttempts: 10,
  steps: PUBLISH_STEPS,
  parsePayload: parsePublishVersionPayload,
};

function parsePublishVersionPayload(stored: unknown): PublishVersionPayload {
  const versionId: unknown =
    typeof stored === 'object' && stored !== null ? Reflect.get(stored, 'versionId') : undefined;
  if (!VERSION_ID.matches(versionId)) {
    throw new TypeError('the payload of a publish job names no version');
  }
  return { versionId };
}
