import { join } from 'node:path';
import { openObjectStore } from '@imgsrv/cas';
import { Client } from 'pg';
import { pino } from 'pino';
import { openDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/postgres.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import {
  bigCatalogueOf,
  type BigCatalogueSize,
  fillBigCatalogue,
  MILLION,
} from './big-catalogue/big-catalogue.js';
import { operationsOn } from './big-catalogue/operations.js';
import { median, percentile } from './samples.js';
import { startApi } from './start.bench.js';

const GOAL_MS = 50;
const START_GOAL_MS = 2000;
/** Operations of one round are far apart: a prime, so that rounds meet other rows. */
const STRIDE = 7919;

/**
 * What each frequent operation takes with a large catalogue in the database, one after the other, and the start of an api.
 * `npm run bench -- catalogue-scale [versions] [rounds] [database URL]`, default 1000000 and 200. With a URL the database is
 * filled unless it is already, and kept.
 */
export async function run([versions = '1000000', rounds = '200', kept]: readonly string[]): Promise<void> {
  const size = Number(versions) === MILLION.versions ? MILLION : bigCatalogueOf(Number(versions));
  const created = kept === undefined ? await createTestDatabase() : undefined;
  const url = kept ?? created?.url ?? '';
  const folder = await createTemporaryFolder('bench-scale');
  try {
    await fill(url, size);
    await measure(url, join(folder.path, 'store'), size, Number(rounds));
  } finally {
    await folder.remove();
    await created?.drop();
  }
}

async function fill(url: string, size: BigCatalogueSize): Promise<void> {
  const pool = openDatabase(url);
  await pool.start();
  await pool.close();
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('SELECT FROM images LIMIT 1');
  if (rowCount === 0) {
    const start = performance.now();
    await fillBigCatalogue(client, size);
    process.stdout.write(`Filled in ${((performance.now() - start) / 60_000).toFixed(1)} minutes.\n`);
  }
  await client.end();
}

async function measure(
  url: string,
  storageDir: string,
  size: BigCatalogueSize,
  rounds: number,
): Promise<void> {
  const store = openObjectStore({ storageDir }, pino({ level: 'silent' }));
  if (store === undefined) throw new Error('there is no store');
  const pool = openDatabase(url);
  await pool.start();
  process.stdout.write(`\n| ${size.versions} versions | p50 ms | p99 ms |\n|---|---|---|\n`);
  try {
    for (const operation of operationsOn(pool, store, size)) {
      const times = await timesOf(rounds, (n) => operation.run(n * STRIDE));
      report(operation.name, times, GOAL_MS);
    }
  } finally {
    await pool.close();
    await store.close();
  }
  const empty = await createTestDatabase();
  for (const [name, database] of [
    ['start of an api', url],
    ['start of an api on an empty database', empty.url],
  ] as const) {
    report(name, await timesOf(5, () => startApi(database, storageDir)), START_GOAL_MS);
  }
  await empty.drop();
}

/** Of each run but the first, in milliseconds. */
async function timesOf(rounds: number, run: (n: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n <= rounds; n += 1) {
    const start = performance.now();
    await run(n);
    times.push(performance.now() - start);
  }
  return times.slice(1);
}

function report(name: string, times: readonly number[], goalMs: number): void {
  const slowest = percentile(times, 0.99);
  const [middle, shown] = [median(times), slowest].map((value) => value.toFixed(1));
  process.stdout.write(
    `| ${name} | ${middle ?? ''} | ${shown ?? ''}${slowest > goalMs ? ' (over)' : ''} |\n`,
  );
}
