import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from './make-folders.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'make-folders-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

it('makes what is missing, once', () => {
  const folder = join(root, 'a', 'b', 'c');
  expect(makeFolders(folder, 0o700)).toBe(true);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(makeFolders(folder)).toBe(false);
});

it('says why it cannot', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  expect(() => makeFolders(file)).toThrow(/EEXIST/);
  expect(() => makeFolders(join(file, 'a', 'b'))).toThrow(/ENOTDIR/);
});

it('ends where nothing can be made although the folder above is there', () => {
  expect(() => makeFolders('/proc/imgsrv')).toThrow(/ENOENT/);
  expect(() => makeFolders('/proc/imgsrv/data')).toThrow(/ENOENT/);
});
