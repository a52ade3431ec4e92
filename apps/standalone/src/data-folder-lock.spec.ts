import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type DataFolderLock, lockDataFolder } from './data-folder-lock.js';

const logger = pino({ level: 'silent' });

let folder: string;
const locks: DataFolderLock[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgsrv-lock-'));
});

afterEach(() => {
  locks.splice(0).forEach((lock) => {
    lock.release();
  });
  rmSync(folder, { recursive: true, force: true });
});

async function lock(dataDir = folder): Promise<DataFolderLock> {
  const taken = await lockDataFolder(dataDir, logger);
  locks.push(taken);
  return taken;
}

it('refuses a second holder and names the first', async () => {
  await lock();
  await expect(lock()).rejects.toThrow(`in use by another imgsrv (process id ${process.pid})`);
});

it('can be taken again after a release, any number of times', async () => {
  for (let round = 0; round < 3; round++) {
    (await lock()).release();
  }
  expect(readdirSync(join(folder, 'lock'))).toEqual(['3']);
});

it('lets exactly one of many that start at once have the folder', async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('lets exactly one of many take over from a holder that was killed', async () => {
  mkdirSync(join(folder, 'lock'));
  const script = `require('net').createServer().listen(process.argv[1], () => console.log('up'))`;
  const holder = spawn(process.execPath, ['-e', script, join(folder, 'lock', '7')]);
  await once(holder.stdout, 'data');
  await expect(lock()).rejects.toThrow('in use by another imgsrv');
  holder.kill('SIGKILL');
  await once(holder, 'exit');

  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(readdirSync(join(folder, 'lock'))).toEqual(['8']);
});

it('works in a folder whose path is longer than a socket name may be', async () => {
  const deep = join(folder, ...Array.from({ length: 20 }, () => 'a-long-folder-name'));
  mkdirSync(deep, { recursive: true });
  await lock(deep);
  await expect(lock(deep)).rejects.toThrow('in use by another imgsrv');
});
