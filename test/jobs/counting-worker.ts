/** Run as a program: `node SCRIPT DATABASE-URL NAME` works on counted jobs until it is killed, or whoever started it is gone. */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { JobWorker, type RunningJob } from '@imgsrv/jobs';
import { Database } from '@imgsrv/platform';
import { pino } from 'pino';
import { COUNT_ONCE, type Counted } from './counting-kind.js';

const LONGEST_WORK_MS = 20;

async function countOnce(job: RunningJob<Counted>): Promise<void> {
  const { number } = job.payload;
  await job.fenced((tx) => tx.rows('INSERT INTO attempts (number) VALUES ($1)', [number]));
  await delay(randomInt(LONGEST_WORK_MS));
  await job.complete((tx) => tx.rows('INSERT INTO effects (number) VALUES ($1)', [number]));
}

async function work(url: string, nodeName: string): Promise<void> {
  const logger = pino({ level: 'error' }, pino.destination(2));
  const database = new Database({
    url,
    applicationName: 'imgsrv-test',
    entities: [],
    migrations: [],
    logger,
  });
  await database.start();
  const options = {
    nodeName,
    ...{ concurrency: 4, leaseMs: 1000, pollIntervalMs: 100 },
    backoff: { firstMs: 10, longestMs: 100 },
    breaker: { failures: 1000, cooldownMs: 1000 },
    watch: { stallMs: 60_000, abandonMs: 5000 },
  };
  const ignored = () => undefined;
  const observer = { began: ignored, stepEnded: ignored, ended: ignored, breakerChanged: ignored };
  new JobWorker(database, [{ kind: COUNT_ONCE, run: countOnce }], options, observer, logger).start();
}

process.on('disconnect', () => process.exit());
void work(process.argv[2] ?? '', process.argv[3] ?? '');
