import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getUrl } from '../support/http-client.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { createTestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait-for.js';
import { freePort, PeerProcess } from './peer-process.js';
import { type BenchCase, durationTable, measureInTurn, print } from './samples.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'standalone', 'src', 'main.js');

/**
 * From the start of a process until it is ready. Peers: node doing nothing, docker-registry.
 * `npm run bench -- start [rounds]`, default 5.
 */
export async function run([rounds = '5']: readonly string[]): Promise<void> {
  await measureStart(Number(rounds));
}

export async function measureStart(rounds: number): Promise<void> {
  const folder = await createTemporaryFolder('bench-start');
  const database = await createTestDatabase();
  const storageDir = join(folder.path, 'store');
  await mkdir(storageDir);
  try {
    const cases: BenchCase[] = [
      { label: 'node -e 0', run: runNothing },
      { label: 'docker-registry', run: () => startRegistry(folder.path) },
      { label: 'api on a migrated database', run: () => startApi(database.url, storageDir) },
      { label: 'npm start without the build, again', run: () => startStandalone(join(folder.path, 'kept')) },
      {
        label: 'npm start without the build, first time',
        prepare: () => rm(join(folder.path, 'fresh'), { recursive: true, force: true }),
        run: () => startStandalone(join(folder.path, 'fresh')),
      },
    ];
    print(durationTable('start to ready', await measureInTurn(rounds, cases)));
  } finally {
    await database.drop();
    await folder.remove();
  }
}

async function runNothing(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0']), 'exit');
}

/** The stop counts a little as well, with every case alike. */
async function startRegistry(folder: string): Promise<void> {
  const port = await freePort();
  const file = join(folder, 'registry.yml');
  const data = join(folder, 'registry');
  await writeFile(
    file,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${data} } }\nhttp: { addr: "127.0.0.1:${port}" }\n`,
  );
  const registry = await PeerProcess.start(
    'docker-registry',
    ['serve', file],
    `http://127.0.0.1:${port}/v2/`,
  );
  await registry.stop();
}

export async function startApi(databaseUrl: string, storageDir: string): Promise<void> {
  const api = ServiceProcess.spawn(
    'api',
    ['--listen', '127.0.0.1:0', '--metrics-listen', '', '--storage-dir', storageDir],
    { IMGSRV_POSTGRES_URL: databaseUrl },
  );
  await api.waitUntilListening();
  await waitFor(() => isReady(api.url), { what: 'the api to be ready' });
  api.kill('SIGKILL');
  await api.exited;
}

async function startStandalone(dataDir: string): Promise<void> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [MAIN, '--listen', `127.0.0.1:${port}`, '--metrics-listen', '', '--data-dir', dataDir],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  await waitFor(() => isReady(`http://127.0.0.1:${port}`), { what: 'npm start to be ready' });
  child.kill('SIGTERM');
  await ended;
}

function isReady(url: string): Promise<boolean> {
  return getUrl(`${url}/readyz`).then(
    ({ status }) => status === 204,
    () => false,
  );
}
