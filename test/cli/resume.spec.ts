import { createHash, randomInt } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type JoinedService, joinContractService } from '../contract/contract-service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { CliProcess, type CliSurroundings, runInProcess } from './cli-runs.js';
import { CountingLink } from './counting-link.js';

const MIB = 2 ** 20;
const [, count = '24', unit = 'MiB'] = /^(\d+)(MiB|GiB)$/.exec(process.env.IMGSRV_TEST_CLI_BYTES ?? '') ?? [];
const FILE_BYTES = Number(count) * (unit === 'GiB' ? 2 ** 30 : MIB);
const IS_LONG = FILE_BYTES > 64 * MIB;
const KILLS = IS_LONG ? 12 : 3;
const PART_BYTES = IS_LONG ? 32 * MIB : 5 * MIB;
/** What everything but the bytes of a file takes on a way, in one run. */
const TALK_BYTES = 256 * 1024;
/** What a kill finds on its way, in the buffers of the kernels. */
const BUFFERED_BYTES = 8 * MIB;

jest.setTimeout(IS_LONG ? 600_000 : 60_000);

let service: JoinedService;
let link: CountingLink;
let folder: string;
let surroundings: CliSurroundings;

beforeAll(async () => {
  service = await joinContractService();
  link = await CountingLink.to(service.running.baseUrl);
  folder = (await createTemporaryFolder('cli')).path;
  surroundings = {
    home: folder,
    environment: { IMGSRV_URL: link.url, IMGSRV_TOKEN: service.publisher.token },
  };
});
afterAll(() => link.close());

/** A raw disk of random bytes. */
async function makeDisk(name: string, sizeBytes: number): Promise<string> {
  const file = join(folder, name);
  const disk = await open(file, 'w');
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < sizeBytes; at += MIB) {
    // Different everywhere, so that no piece can stand for another.
    block.fill(
      createHash('sha512')
        .update(`${name} ${at} ${randomInt(2 ** 40)}`)
        .digest(),
    );
    await disk.write(block, 0, Math.min(MIB, sizeBytes - at), at);
  }
  await disk.close();
  return file;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Runs a command again and again, and kills it each time after some bytes went in a direction; then lets it end. */
async function runThroughKills(args: readonly string[], direction: 'up' | 'down'): Promise<string> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const most = Math.floor((FILE_BYTES / KILLS) * 1.2);
    const stopped = link.stopAfter(direction, kill === 0 ? randomInt(4000) : randomInt(most));
    const run = CliProcess.start(args, surroundings);
    const ended = await Promise.race([stopped, run.ended]);
    run.kill('SIGKILL');
    await run.ended;
    link.open();
    // It was faster than the kill.
    if (ended !== undefined) break;
  }
  const { code, stdout, stderr } = await CliProcess.start(args, surroundings).ended;
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

it('publishes through kills, and sends at most a part again for each', async () => {
  const file = await makeDisk('disk-amd64.raw', FILE_BYTES);
  const before = link.passed.up;
  const stdout = await runThroughKills(
    [
      'publish',
      'killed',
      '1',
      file,
      '--alias',
      'latest',
      '--parallel',
      '1',
      '--part-size',
      `${PART_BYTES / MIB}MiB`,
      '--json',
    ],
    'up',
  );
  expect(JSON.parse(stdout)).toMatchObject({ job: { state: 'succeeded' } });
  expect(link.passed.up - before).toBeGreaterThanOrEqual(FILE_BYTES);
  expect(link.passed.up - before).toBeLessThanOrEqual(
    FILE_BYTES + KILLS * PART_BYTES + (KILLS + 1) * TALK_BYTES,
  );

  const manifest = await service.anonymous.get('/v1/images/killed/refs/latest');
  expect(manifest.members).toMatchObject({
    artifacts: [{ artifact: { format: 'raw', primary_blob_digest: `sha256:${await digestOf(file)}` } }],
  });
  // Nothing is left to remember.
  expect(await readdir(join(folder, '.local', 'state', 'imgsrv', 'uploads'))).toEqual([]);
});

it('pulls through kills, and fetches at most a range again for each', async () => {
  const target = join(folder, 'pulled');
  const before = link.passed.down;
  await runThroughKills(['pull', 'killed', '-o', target, '--parallel', '1'], 'down');
  const chunkBytes = Math.max(8 * MIB, Math.ceil(FILE_BYTES / 1024 / MIB) * MIB);
  expect(link.passed.down - before).toBeLessThanOrEqual(
    FILE_BYTES + KILLS * (chunkBytes + BUFFERED_BYTES) + (KILLS + 1) * TALK_BYTES,
  );
  expect(await readdir(target)).toEqual(['killed-1-amd64.raw']);
  expect(await digestOf(join(target, 'killed-1-amd64.raw'))).toBe(
    await digestOf(join(folder, 'disk-amd64.raw')),
  );
});

it('pulls again what was damaged where it was kept, and shows nothing wrong meanwhile', async () => {
  const target = join(folder, 'damaged');
  const stopped = link.stopAfter('down', 12 * MIB);
  const run = CliProcess.start(['pull', 'killed', '-o', target], surroundings);
  await stopped;
  run.kill();
  await run.ended;
  link.open();
  const partial = join(target, '.killed-1-amd64.raw.partial');
  const kept = await open(partial, 'r+');
  await kept.write(Buffer.alloc(Math.min(MIB, (await stat(partial)).size)), 0, MIB, 0);
  await kept.close();
  const { code } = await runInProcess(['pull', 'killed', '-o', target], surroundings);
  expect(code).toBe(0);
  expect(await digestOf(join(target, 'killed-1-amd64.raw'))).toBe(
    await digestOf(join(folder, 'disk-amd64.raw')),
  );
});

it('lets one of two publishers of a version win, and tells the other', async () => {
  const files = await Promise.all(['one-amd64.raw', 'two-amd64.raw'].map((name) => makeDisk(name, MIB)));
  const ends = await Promise.all(
    files.map((file, index) =>
      runInProcess(['publish', 'contested', '1', file], {
        ...surroundings,
        home: join(folder, String(index)),
      }),
    ),
  );
  expect(ends.map(({ code }) => code).sort()).toEqual([0, 5]);
  const loser = ends.find(({ code }) => code === 5);
  expect(loser?.stderr).toMatch(/^imgsrv: contested:1.* with other content/m);
  const winner = ends.findIndex(({ code }) => code === 0);
  const manifest = await service.anonymous.get('/v1/images/contested/refs/1');
  expect(manifest.members).toMatchObject({
    artifacts: [{ artifact: { primary_blob_digest: `sha256:${await digestOf(files[winner] ?? '')}` } }],
  });
});

it('lets two publishers of the same content both succeed', async () => {
  const file = await makeDisk('same-amd64.raw', MIB);
  const ends = await Promise.all(
    [0, 1].map((index) =>
      runInProcess(['publish', 'agreed', '1', file], {
        ...surroundings,
        home: join(folder, `same-${index}`),
      }),
    ),
  );
  expect(ends.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0]);
});
