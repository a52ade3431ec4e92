import { mkdtemp, readdir, readlink, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DamagedObjectError } from '../object-store.errors.js';
import { OpenParts } from './open-parts.js';

const BYTES = 'the bytes of a part';

let folder: string;
let path: string;
let parts: OpenParts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgsrv-parts-'));
  path = join(folder, 'part');
  await writeFile(path, BYTES);
  parts = new OpenParts();
});

afterEach(async () => {
  parts.close();
  await rm(folder, { recursive: true });
});

/** The descriptors of this process that lead into the folder. */
async function descriptors(): Promise<number[]> {
  const all = await readdir('/proc/self/fd');
  const targets = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return all.filter((_fd, at) => targets[at]?.startsWith(folder)).map(Number);
}

it('opens a file once for many, and closes it when nobody asks any more', async () => {
  const first = await parts.open(path, BYTES.length);
  const many = await Promise.all(Array.from({ length: 50 }, () => parts.open(path, BYTES.length)));
  expect(new Set(many.map(({ fd }) => fd))).toEqual(new Set([first.fd]));
  await Promise.all([first, ...many].map((part) => part.letGo()));
  expect(await descriptors()).toEqual([first.fd]);
  await delay(1300);
  expect(await descriptors()).toEqual([]);
});

it('does not close a file that somebody reads', async () => {
  const part = await parts.open(path, BYTES.length);
  parts.forget(folder);
  expect(await descriptors()).toEqual([part.fd]);
  await part.letGo();
  expect(await descriptors()).toEqual([]);
});

it('keeps few files open', async () => {
  for (let at = 0; at < 100; at += 1) {
    await writeFile(join(folder, `${at}`), BYTES);
    await (await parts.open(join(folder, `${at}`), BYTES.length)).letGo();
  }
  expect((await descriptors()).length).toBeLessThanOrEqual(32);
});

it.each([
  ['is gone', () => rm(path)],
  ['is shorter', () => truncate(path, 3)],
  ['has another size and took its name', () => replace('other')],
  ['was moved away', () => rename(path, join(folder, 'moved'))],
])('notices that a file %s', async (_, change) => {
  await (await parts.open(path, BYTES.length)).letGo();
  await change();
  await expect(parts.open(path, BYTES.length)).rejects.toBeInstanceOf(DamagedObjectError);
  expect(await descriptors()).toEqual([]);
});

it('reads another file of that name', async () => {
  await (await parts.open(path, BYTES.length)).letGo();
  await replace(BYTES.toUpperCase());
  const part = await parts.open(path, BYTES.length);
  expect(await readlink(`/proc/self/fd/${part.fd}`)).toBe(path);
  await part.letGo();
});

it.each([
  ['an absent file', () => rm(path)],
  ['a file of another size', () => truncate(path, 3)],
])('refuses %s, and keeps nothing open', async (_, change) => {
  await change();
  await expect(parts.open(path, BYTES.length)).rejects.toBeInstanceOf(DamagedObjectError);
  expect(await descriptors()).toEqual([]);
});

async function replace(bytes: string): Promise<void> {
  await writeFile(join(folder, 'new'), bytes);
  await rename(join(folder, 'new'), path);
}
