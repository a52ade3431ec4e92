import { type JobKind, type RunningJob, SHORT_RETENTION } from '@imgsrv/jobs';
import type { Connection, Database } from '@imgsrv/platform';
import { lockImage } from '../images/image.repository.js';
import type { ImageId } from '../names/names.js';
import { withdrawVersion } from '../withdrawal/withdrawal.repository.js';
import type { RetentionPolicy } from './retention-policy.js';
import { findPolicy, type JudgedVersion, listFallenOut, listRetainedImages } from './retention.repository.js';

/** Withdraws what falls out of the policies of its images. */
export const APPLY_RETENTION: JobKind<object> = {
  name: 'apply_retention',
  class: 'maintenance',
  maxAttempts: 5,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 3_600_000 },
  parsePayload: () => ({}),
};

export interface RetentionSettings {
  /** For images without a policy of their own. */
  readonly fallback: RetentionPolicy | undefined;
  readonly restoreWindowMs: number;
}

const IMAGES_AT_ONCE = 100;
const VERSIONS_AT_ONCE = 50;

/**
 * One look at every image; resolves to how many versions it withdrew. Safe to repeat, and to break off anywhere. A change of
 * a policy, of an alias or of a version waits for at most one batch of its image.
 */
export async function applyRetention(
  database: Database,
  { fallback, restoreWindowMs }: RetentionSettings,
  job: Pick<RunningJob<object>, 'signal' | 'progressed' | 'fenced'>,
): Promise<number> {
  let withdrawn = 0;
  let after: ImageId | undefined;
  for (;;) {
    const images = await database.use((connection) =>
      listRetainedImages(connection, fallback !== undefined, IMAGES_AT_ONCE, after),
    );
    for (const image of images) {
      job.signal.throwIfAborted();
      // Most images have nothing that goes: these are not locked.
      while ((await database.use((connection) => fallenOut(connection, image.id, fallback))).length > 0) {
        const gone = await job.fenced(async (tx) => {
          await lockImage(tx, image.name);
          const judged = await fallenOut(tx, image.id, fallback);
          for (const { id, reason } of judged) {
            await withdrawVersion(tx, id, { reason, by: 'retention', restoreWindowMs });
          }
          return judged.length;
        });
        withdrawn += gone;
      }
      job.progressed();
    }
    after = images.at(-1)?.id;
    if (images.length < IMAGES_AT_ONCE) {
      return withdrawn;
    }
  }
}

async function fallenOut(
  connection: Connection,
  imageId: ImageId,
  fallback: RetentionPolicy | undefined,
): Promise<readonly JudgedVersion[]> {
  const policy = (await findPolicy(connection, imageId)) ?? fallback;
  return policy === undefined ? [] : listFallenOut(connection, imageId, policy, VERSIONS_AT_ONCE);
}
