import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findEncodeCommand } from './encode-command.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgsrv-programs-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** `xdelta3`, or `second/xdelta3` in a folder of its own. */
function install(name: string, mode = 0o755): string {
  const program = join(folder, name);
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, '', { mode });
  return program;
}

it('is none without xdelta3', async () => {
  install('prlimit');
  expect(await findEncodeCommand(folder, 1)).toBeUndefined();
  expect(await findEncodeCommand('', 1)).toBeUndefined();
});

it('is none with what is no program, or in a folder that depends on where the worker runs', async () => {
  install('xdelta3', 0o644);
  expect(await findEncodeCommand([folder, '.', 'bin', ''].join(delimiter), 1)).toBeUndefined();
});

it('is xdelta3 alone without prlimit', async () => {
  const xdelta3 = install('second/xdelta3');
  const command = await findEncodeCommand([folder, join(folder, 'second')].join(delimiter), 1);
  expect(command?.slice(0, 2)).toEqual([xdelta3, '-e']);
});

it('is xdelta3 within limits', async () => {
  const [prlimit, xdelta3] = [install('prlimit'), install('xdelta3')];
  const command = await findEncodeCommand(folder, 1500);
  expect(command?.[0]).toBe(prlimit);
  expect(command).toEqual(expect.arrayContaining(['--as=536870912', '--cpu=2', '--fsize=0', '--core=0']));
  expect(command?.slice(command.indexOf('--'))).toEqual(expect.arrayContaining(['--', xdelta3, '-e', '-D']));
});
