import type { BlobReader } from '@imgsrv/cas';
import {
  attachMadeDelta,
  type DeltaWish,
  listDeltaWishes,
  type PublishVersionPayload,
} from '@imgsrv/catalog';
import type { RunningJob, RunningStep } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';
import type { DeltaMaker, MakingRun } from '../deltas/delta-maker.js';
import { UnmetWishError } from '../deltas/unmet-wish.error.js';
import type { PublishStep } from '../publish-step.js';
import { contentRun } from './content-run.js';

const LONGEST_WAIT_MS = 1_800_000;
/** Fewer than the job has: whatever keeps a delta from being made, the version is published. */
const MOST_ATTEMPTS = 5;
const MOST_TOLD = 10;
const LONGEST_DETAIL = 4000;

/**
 * Makes the deltas that artifacts say as `delta_from`, and attaches those that are sound. What cannot be made is told, and the
 * version is published without. What an earlier attempt has made is not made again.
 */
export function makeDeltas(
  database: Database,
  blobs: BlobReader,
  maker: DeltaMaker,
  logger: Logger,
): PublishStep {
  return async (job, step) => {
    const wishes = await database.snapshot((connection) =>
      listDeltaWishes(connection, job.payload.versionId),
    );
    const run = makingRun(job, step, blobs, wishes);
    const told: string[] = [];
    for (const wish of wishes) {
      told.push(await fulfil(wish, { job, run, maker, logger }));
    }
    if (told.length > 0) {
      step.tell(inOneText(told));
    }
  };
}

interface FulfilParts {
  readonly job: RunningJob<PublishVersionPayload>;
  readonly run: MakingRun;
  readonly maker: DeltaMaker;
  readonly logger: Logger;
}

/** Gives a sentence for the publisher. */
async function fulfil(wish: DeltaWish, { job, run, maker, logger }: FulfilParts): Promise<string> {
  const { artifact, artifactId, baseVersion, target, made } = wish;
  const facts = { version_id: job.payload.versionId, artifact_id: artifactId, base_version: baseVersion };
  const sentence = (sizeBytes: number) =>
    `${artifact}: the delta of the version ${baseVersion} has ${sizeBytes} bytes of ${target.sizeBytes}.`;
  if (made !== undefined) {
    return sentence(made.sizeBytes);
  }
  const startedAtMs = performance.now();
  try {
    if (job.attempt > MOST_ATTEMPTS) {
      throw new UnmetWishError('because the publish was cut off too often');
    }
    const { file, base } = await maker.make(wish, run);
    await job.fenced((tx) => attachMadeDelta(tx, wish, file, base.digest));
    const durationMs = Math.round(performance.now() - startedAtMs);
    logger.info({ ...facts, size_bytes: file.sizeBytes, duration_ms: durationMs }, 'a delta was made');
    return sentence(file.sizeBytes);
  } catch (error) {
    if (!(error instanceof UnmetWishError)) throw error;
    const { reason, how } = error;
    logger.warn({ ...facts, reason, how }, 'a delta was not made; the version is published without');
    return `${artifact}: there is no delta of the version ${baseVersion}, ${reason}.`;
  }
}

function makingRun(
  job: RunningJob<PublishVersionPayload>,
  step: RunningStep,
  blobs: BlobReader,
  wishes: readonly DeltaWish[],
): MakingRun {
  const run = contentRun(job, step, blobs);
  const waitUntilMs = performance.now() + LONGEST_WAIT_MS;
  // Of each the base is copied, the target encoded, and made again.
  const left = wishes.filter(({ made, base }) => made === undefined && base !== undefined);
  const totalBytes = left.reduce(
    (sum, { base, target }) => sum + (base?.sizeBytes ?? 0) + 2 * target.sizeBytes,
    0,
  );
  let doneBytes = 0;
  return {
    ...run,
    get longestWaitMs() {
      return Math.max(1000, waitUntilMs - performance.now());
    },
    onWaiting: () => {
      job.progressed();
    },
    onBytes: (sizeBytes) => {
      doneBytes = Math.min(totalBytes, doneBytes + sizeBytes);
      run.onProgress(doneBytes, totalBytes);
    },
  };
}

function inOneText(sentences: readonly string[]): string {
  const more = sentences.length - MOST_TOLD;
  const told = [...sentences.slice(0, MOST_TOLD), ...(more > 0 ? [`And ${more} more.`] : [])];
  return told.join('\n').slice(0, LONGEST_DETAIL);
}
