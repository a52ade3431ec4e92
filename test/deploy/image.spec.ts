import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chmod, chown } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith } from '../fixtures/requirement.js';
import { getUrl } from '../support/http-client.js';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { parseDockerfile } from './dockerfile.js';
import { type BuiltStage, buildImage } from './image-build.js';
import { ImageProcess } from './image-process.js';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const DOCKERFILE = readFileSync(join(CHECKOUT, 'docker', 'Dockerfile'), 'utf8');
const LARGEST_TREE_MIB = 190;
const LOOPBACK = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0'];

/**
 * A module that sends its process SIGTERM once somebody listens for it: the kernel drops it until then, as for every process 1. A
 * signal of this process would come at some later time, on a busy machine after the program is up.
 */
const STOPS_AT_ONCE = `data:text/javascript,${encodeURIComponent(`
  let isSent = false;
  process.on('newListener', (signal) => {
    if (signal !== 'SIGTERM' || isSent) return;
    isSent = true;
    process.nextTick(() => process.kill(process.pid, 'SIGTERM'));
  });`)}`;

jest.setTimeout(100_000);
let image: BuiltStage;
let folder: { path: string; remove(): Promise<void> };

beforeAll(async () => {
  folder = await createTemporaryFolder('image');
  await chmod(folder.path, 0o755);
  image = await buildImage(parseDockerfile(DOCKERFILE), CHECKOUT, folder.path);
}, 180_000);

afterAll(() => folder.remove(), 60_000);

async function status(url: string | undefined): Promise<number> {
  return (await getUrl(url ?? '')).status;
}

describe('the image', () => {
  it('begins from Node 24 and ends as an ordinary user, by number', () => {
    expect(image.image).toMatch(/^node:24-/);
    expect(image.user).toBe('1000:1000');
    expect(image.ports).toEqual([8080, 9464]);
  });

  it('has the encoder of deltas, and a folder for it that a volume can be put at', () => {
    expect(image.packages).toEqual(['xdelta3']);
    expect(image.environment.IMGSRV_DELTA_SCRATCH_DIR).toBe('/var/lib/imgsrv');
    expect(isThere('var/lib/imgsrv')).toBe(true);
  });

  it('is small and holds nothing that only builds, tests or maps', () => {
    const kilobytes = Number(execFileSync('du', ['-sk', image.root], { encoding: 'utf8' }).split('\t')[0]);
    expect(kilobytes / 1024).toBeLessThan(LARGEST_TREE_MIB);
    const leftovers = ['jest', 'typescript', '@nestjs/cli', 'eslint', '@types/node'].filter((name) =>
      isThere(`app/node_modules/${name}`),
    );
    expect(leftovers).toEqual([]);
    const useless = ['-name', '*.map', '-o', '-name', '*.spec.js', '-o', '-name', '*.d.ts'];
    expect(execFileSync('find', [join(image.root, 'app'), ...useless], { encoding: 'utf8' })).toBe('');
  });

  it('brings the licences along', () => {
    expect(isThere('app/LICENSE-MIT') && isThere('app/LICENSE-APACHE')).toBe(true);
    expect(isThere('app/node_modules/rxjs/LICENSE.txt')).toBe(true);
  });

  function isThere(path: string): boolean {
    return existsSync(join(image.root, path));
  }
});

describeWith('mounts', 'a read-only container of the image', () => {
  const running: ImageProcess[] = [];
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    mkdirSync(join(image.root, 'blobs'));
    await chown(join(image.root, 'blobs'), 1000, 1000);
  });

  afterEach(async () => {
    running.forEach((container) => {
      container.kill();
    });
    await Promise.all(running.splice(0).map(({ exited }) => exited));
  });

  afterAll(() => database.drop());

  function start(
    words: readonly string[],
    writable: readonly string[] = [],
    more: Record<string, string> = {},
  ): ImageProcess {
    const settings = { IMGSRV_POSTGRES_URL: database.url, IMGSRV_STORAGE_DIR: '/blobs' };
    const environment = { ...(words[0] === 'standalone' ? {} : settings), ...more };
    const container = ImageProcess.run(image, words, { writable, environment });
    running.push(container);
    return container;
  }

  it.each([
    ['api', []],
    ['worker', ['--shutdown-timeout', '5s']],
  ])('serves as %s and ends on SIGTERM', async (command, flags) => {
    const service = start([command, ...LOOPBACK, ...flags], ['blobs']);
    const { http, metrics } = await service.served(command);
    expect(await status(`${http ?? ''}/healthz`)).toBe(204);
    await waitFor(async () => (await status(`${http ?? ''}/readyz`)) === 204);
    expect(await status(metrics)).toBe(200);
    await service.signal('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('serves as standalone on a volume, with the Postgres of the image, and ends on SIGTERM', async () => {
    const service = start(['standalone', ...LOOPBACK], ['var/lib/imgsrv']);
    const { http } = await service.served('api');
    await waitFor(async () => (await status(`${http ?? ''}/readyz`)) === 204);
    expect(service.stdout).toMatch(/^imgsrv bootstrap token: imgsrv_at_/m);
    // The libraries run from the image: no copy of them is on the volume.
    const volume = execFileSync('ls', [join(image.root, 'var/lib/imgsrv')], { encoding: 'utf8' });
    expect(volume.split('\n').sort()).toEqual(expect.arrayContaining(['postgres', 'store']));
    expect(volume).not.toContain('binaries');
    await service.signal('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('refuses what it cannot write, in one sentence', async () => {
    const service = start(['standalone', ...LOOPBACK]);
    expect(await service.exited).toMatchObject({ code: 1 });
    expect(service.stderr).toMatch(/The data folder cannot be used/);
  });

  it.each([
    [['api', '--version'], 0, /^imgsrv \d/],
    [['worker', '--help'], 0, /--worker-concurrency/],
    [['rebuild', '--help'], 0, /^Restores the published catalogue/m],
    [['rebuild', '--listen', 'x'], 2, /^$/],
    [['doctor', '--help'], 0, /^Tries the store/m],
    [['standalone', '--help'], 0, /--data-dir/],
  ])('runs %j', async (words, code, output) => {
    const container = start(words);
    expect(await container.exited).toEqual({ code, signal: null });
    expect(container.stdout).toMatch(output);
  });

  it.each([['serve'], ['--help'], ['toString'], ['']])('explains itself for %j', async (word) => {
    const container = start([word]);
    expect(await container.exited).toEqual({ code: 2, signal: null });
    expect(container.stderr).toContain('usage: imgsrv api | worker | rebuild | doctor | standalone');
  });

  it('ends on the first SIGTERM that it can hear, long before it is up', async () => {
    const container = start(['api', ...LOOPBACK], ['blobs'], { NODE_OPTIONS: `--import ${STOPS_AT_ONCE}` });
    expect(await container.exited).toEqual({ code: 0, signal: null });
    expect(container.stderr).not.toContain('api is up');
  });
});
