import type { JobKind, StepDefinition } from '@imgsrv/jobs';
import { VERSION_ID, type VersionId } from '../names/names.js';

/** Which version a publish job is about. */
export interface PublishVersionPayload {
  readonly versionId: VersionId;
}

/** What a publish does, in this order. */
export const PUBLISH_STEPS = [
  { name: 'validate_catalog', sequence: 10, timeLimit: { baseMs: 900_000, minBytesPerSecond: 2 ** 20 } },
  {
    name: 'make_deltas',
    sequence: 15,
    isOptional: true,
    timeLimit: { baseMs: 3_600_000, minBytesPerSecond: 2 ** 20 },
  },
  { name: 'incus_index', sequence: 20, timeLimit: { baseMs: 900_000, minBytesPerSecond: 2 ** 20 } },
  { name: 'finalize_publish', sequence: 30, timeLimit: { baseMs: 300_000 } },
] as const satisfies readonly StepDefinition[];

export type PublishStepName = (typeof PUBLISH_STEPS)[number]['name'];

/** Turns a version that is `publishing` into a published one. Its jobs are never removed: they are part of its history. */
export const PUBLISH_VERSION: JobKind<PublishVersionPayload> = {
  name: 'publish_version',
  class: 'publish',
  maxAttempts: 10,
  steps: PUBLISH_STEPS,
  timeLimit: { baseMs: 300_000 },
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
