/**
 * Run as a program: `node SCRIPT DATABASE-URL STORAGE-DIR FIRST COUNT SEED` plays so many histories and says on stdout, as JSON, what was
 * wrong in the first one that went wrong.
 */
import { openObjectStore } from '@imgsrv/cas';
import { JobWorker } from '@imgsrv/jobs';
import { Database } from '@imgsrv/platform';
import fc from 'fast-check';
import { waitFor } from '../support/wait-for.js';
import { History } from './history.js';
import { operations } from './operations.js';
import { SILENT, StepWorker } from './step-worker.js';

export interface Played {
  readonly histories: number;
  /** What was wrong, and in which history; absent when nothing was. */
  readonly violation?: string;
}

async function main(
  url: string,
  storageDir: string,
  first: number,
  count: number,
  seed: number,
): Promise<Played> {
  const store = openObjectStore({ storageDir }, SILENT);
  if (store === undefined) throw new Error('there is no store');
  const logger = SILENT;
  const database = new Database({
    url,
    applicationName: 'imgsrv-test',
    entities: [],
    migrations: [],
    logger,
  });
  await database.start();
  const real = { database, store };
  const worker = new StepWorker(real);
  let histories = 0;
  const play = fc.asyncProperty(operations, async (list) => {
    await new History(real, worker, `${seed}-${first}-${histories}`).play(list);
    histories += 1;
  });
  try {
    await findSilentJob(database);
    // What a history that went wrong leaves behind would disturb others: none follows it.
    await fc.assert(play, { numRuns: count, seed: seed + first, endOnFailure: true });
    return { histories };
  } catch (error) {
    return { histories: histories + 1, violation: error instanceof Error ? describe(error) : String(error) };
  } finally {
    await database.close();
    await store.close();
  }
}

function describe(error: Error): string {
  return `${error.message}${error.cause instanceof Error ? `: ${error.cause.stack ?? error.cause.message}` : ''}`;
}

/** A job of which no notification tells is found all the same. */
async function findSilentJob(database: Database): Promise<void> {
  let isDone = false;
  const kind = {
    ...{
      name: 'silent',
      class: 'publish' as const,
      maxAttempts: 1,
      steps: [],
      timeLimit: { baseMs: 10_000 },
    },
    parsePayload: () => ({}),
  };
  const run = (): Promise<void> => {
    isDone = true;
    return Promise.resolve();
  };
  const ignored = (): undefined => undefined;
  const worker = new JobWorker(
    database,
    [{ kind, run }],
    {
      ...{ nodeName: 'silent', concurrency: 1, leaseMs: 30_000, pollIntervalMs: 50 },
      backoff: { firstMs: 10, longestMs: 10 },
      breaker: { failures: 10, cooldownMs: 10 },
      watch: { stallMs: 10_000, abandonMs: 1000 },
    },
    { began: ignored, stepEnded: ignored, ended: ignored, breakerChanged: ignored },
    SILENT,
  );
  worker.start();
  try {
    // The worker has looked, and found nothing, before the job comes.
    await database.rows('SELECT pg_sleep(0.2)');
    await database.rows(`INSERT INTO jobs (kind, payload, max_attempts) VALUES ('silent', '{}', 1)`);
    await waitFor(() => isDone, { timeoutMs: 5000, what: 'a job without a notification to be found' });
  } finally {
    await worker.stop(1000);
  }
}

const [url = '', storageDir = '', first = '0', count = '1', seed = '1'] = process.argv.slice(2);
void main(url, storageDir, Number(first), Number(count), Number(seed)).then((played) => {
  process.stdout.write(JSON.stringify(played));
});
