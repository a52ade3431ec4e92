import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import { bundleScript } from '../support/bundle-script.js';
import { createTestDatabase } from '../support/postgres.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { SEEDED_BUGS, seeding } from './seeded-bugs.js';

/** `IMGSRV_TEST_HISTORIES=10000 npx jest test/histories` is the long form. */
const HISTORIES = Number(process.env.IMGSRV_TEST_HISTORIES ?? '15');
/** `IMGSRV_TEST_SEEDED_BUGS=all npx jest test/histories` seeds every bug. */
const BUGS = process.env.IMGSRV_TEST_SEEDED_BUGS === 'all' ? SEEDED_BUGS : SEEDED_BUGS.slice(0, 2);
const SEED = Number(process.env.IMGSRV_TEST_HISTORY_SEED ?? '1');
/** In one database: content adds up, and makes each history slower. */
const BATCH = 200;
/** Histories in which a bug has to show. */
const MOST_HISTORIES = 600;

jest.setTimeout(120_000 + Math.max(HISTORIES * 500, BUGS.length * 300_000));

interface Played {
  readonly histories: number;
  readonly violation?: string;
}

async function bundled(name: string, plugins: readonly Plugin[] = []): Promise<string> {
  return bundleScript(join(import.meta.dirname, 'run-histories.ts'), name, plugins);
}

/** Plays up to so many, until one goes wrong. */
async function play(script: string, most: number): Promise<Played> {
  let histories = 0;
  while (histories < most) {
    const batch = await playBatch(script, histories, Math.min(BATCH, most - histories));
    histories += batch.histories;
    if (batch.violation !== undefined) return { ...batch, histories };
    if (most > BATCH) process.stdout.write(`${histories} histories\n`);
  }
  return { histories };
}

async function playBatch(script: string, first: number, count: number): Promise<Played> {
  const database = await createTestDatabase();
  const folder = await createTemporaryFolder('histories');
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [script, database.url, folder.path, String(first), String(count), String(SEED)],
      { maxBuffer: 2 ** 26 },
    );
    return JSON.parse(stdout) as Played;
  } finally {
    await database.drop();
    await folder.remove();
  }
}

it(`agrees with the model in ${HISTORIES} histories`, async () => {
  expect(await play(await bundled('histories'), HISTORIES)).toEqual({ histories: HISTORIES });
});

it.each(BUGS.map((bug) => [bug.breaks, bug] as const))('finds that %s', async (_breaks, bug) => {
  const script = await bundled(`histories-${bug.name}`, [seeding(bug)]);
  const { violation, histories } = await play(script, MOST_HISTORIES);
  expect(violation).toEqual(expect.stringMatching(bug.shows));
  if (BUGS.length > 2) process.stdout.write(`${bug.name}: found in history ${histories}\n`);
});
