import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundleScript } from '../support/bundle-script.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { COUNT_ONCE } from './counting-kind.js';

/** `IMGSRV_TEST_JOBS=10000 npx jest test/jobs/many-workers` is the long form. */
const JOBS = Number(process.env.IMGSRV_TEST_JOBS ?? '60');
const WORKERS = JOBS < 1000 ? 2 : 8;
/** A worker is killed or frozen whenever another part of the jobs is done. */
const TROUBLES = JOBS < 1000 ? 3 : 100;
const TIMEOUT_MS = 60_000 + JOBS * 100;

jest.setTimeout(TIMEOUT_MS);

interface Worker {
  readonly nodeName: string;
  readonly child: ChildProcess;
}

let database: TestDatabase;
let connection: TestConnection;
let script: string;
let started = 0;
const workers: Worker[] = [];

beforeAll(async () => {
  const entry = join(import.meta.dirname, 'counting-worker.ts');
  [database, script] = await Promise.all([createTestDatabase(), bundleScript(entry, 'counting-worker')]);
  connection = await TestConnection.open(database.url);
  await connection.rows('CREATE TABLE effects (number integer NOT NULL)');
  await connection.rows('CREATE TABLE attempts (number integer NOT NULL)');
  for (let n = 0; n < WORKERS; n += 1) startWorker();
});

afterAll(async () => {
  await Promise.all(workers.splice(0).map(kill));
  await connection.close();
  await database.drop();
});

function startWorker(): void {
  started += 1;
  const nodeName = `counting-${started}`;
  const child = spawn(process.execPath, [script, database.url, nodeName], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  workers.push({ nodeName, child });
}

async function kill({ child }: Worker): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Queues them as a transaction does whose notifications are all lost. */
async function enqueueSilently(from: number, count: number): Promise<void> {
  await connection.rows(
    `INSERT INTO jobs (kind, payload, max_attempts)
     SELECT $1, jsonb_build_object('number', n), $2 FROM generate_series($3::int, $3::int + $4::int - 1) n`,
    [COUNT_ONCE.name, COUNT_ONCE.maxAttempts, from, count],
  );
}

async function done(): Promise<number> {
  const [row] = await connection.rows<{ count: number }>('SELECT count(*)::int AS count FROM effects');
  return row?.count ?? 0;
}

async function waitUntilDone(count: number): Promise<void> {
  await waitFor(async () => (await done()) >= count, {
    timeoutMs: TIMEOUT_MS,
    what: `${count} jobs to be done`,
  });
}

/** Freezes a worker until the leases of all that it does have run out, or others have it. */
async function freeze({ nodeName, child }: Worker): Promise<void> {
  child.kill('SIGSTOP');
  await waitFor(
    async () =>
      (await connection.count(
        `SELECT FROM jobs WHERE state = 'running' AND starts_with(worker_id, $1) AND lease_expires_at > now()`,
        [`${nodeName}/`],
      )) === 0,
    { what: `the leases of ${nodeName} to run out` },
  );
  child.kill('SIGCONT');
}

it(`loses and doubles none of ${JOBS} jobs while workers are killed and frozen, and no notification comes`, async () => {
  const startOf = (part: number): number => Math.floor((JOBS * part) / (TROUBLES + 1));
  const counts = { killed: 0, frozen: 0 };
  for (let trouble = 0; trouble <= TROUBLES; trouble += 1) {
    const [from, to] = [startOf(trouble), startOf(trouble + 1)];
    await enqueueSilently(from, to - from);
    await waitUntilDone(from + Math.floor((to - from) / 3));
    if (trouble === TROUBLES) break;
    const [victim] = workers.splice(randomInt(workers.length), 1);
    if (victim === undefined) throw new Error('no worker is left');
    if (trouble % 2 === 0) {
      await kill(victim);
      startWorker();
      counts.killed += 1;
    } else {
      await freeze(victim);
      workers.push(victim);
      counts.frozen += 1;
    }
  }
  await waitUntilDone(JOBS);
  await waitFor(async () => (await connection.count(`SELECT FROM jobs WHERE state <> 'succeeded'`)) === 0, {
    what: 'every job to be recorded as done',
  });
  const [row] = await connection.rows(
    `SELECT count(*)::int AS effects, count(DISTINCT number)::int AS numbers,
            (SELECT count(*)::int FROM attempts) > count(*)::int AS "hadToRepeat" FROM effects`,
  );
  expect(row).toMatchObject({ effects: JOBS, numbers: JOBS });
  if (JOBS >= 1000) {
    process.stdout.write(`${JOBS} jobs, ${WORKERS} workers: ${JSON.stringify({ ...row, ...counts })}\n`);
  }
});
