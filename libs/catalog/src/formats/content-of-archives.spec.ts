import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describeWith } from '../../../../test/fixtures/requirement.js';
import { readToEnd } from '../archives/whole-archive.js';
import type { ContentSource } from './content-check.js';
import { incusTarGzContent, rawGzContent, rootfsTarXzContent } from './content-of-archives.js';

const CHECKS = {
  root: { check: rootfsTarXzContent, oracle: 'tar -tJPf archive' },
  unified: { check: incusTarGzContent, oracle: 'tar -tzPf archive' },
  disk: { check: rawGzContent, oracle: 'gzip -t archive' },
};
type Kind = keyof typeof CHECKS;

const FILES = `mkdir -p etc rootfs/etc templates; head -c 300000 /dev/urandom | tee etc/noise > rootfs/etc/noise
  echo 'architecture: x86_64' > metadata.yaml; truncate -s 1M disk rootfs.img; ln -s etc link; ln etc/noise hard`;

const FINE: readonly (readonly [Kind, string])[] = [
  ['root', 'tar -c etc link hard | xz'],
  ['root', 'tar -c . | xz'],
  ['root', 'tar -c ./etc | xz --check=sha256'],
  ['root', 'tar -c etc | xz --x86 --lzma2'],
  ['root', 'tar -cP --transform s,^,/, etc | xz'],
  ['root', 'tar -c -V label etc | xz'],
  ['root', 'tar -c --format=v7 etc | xz'],
  ['root', 'tar -c etc | xz; head -c 512 /dev/zero'],
  ['root', 'tar -c etc > a; head -c 5000 a | xz; tail -c +5001 a | xz'],
  ['root', '{ tar -c etc; head -c 100000 /dev/zero; } | xz'],
  ['unified', 'tar -c metadata.yaml rootfs | gzip'],
  ['unified', 'tar -c ./metadata.yaml ./rootfs | gzip'],
  ['unified', 'tar -c metadata.yaml rootfs | gzip; head -c 700 /dev/zero'],
  ['unified', 'tar -c metadata.yaml rootfs > a; head -c 5000 a | gzip; tail -c +5001 a | gzip'],
  ['disk', 'gzip -c disk'],
  ['disk', 'gzip -c disk; head -c 100000 /dev/zero'],
  ['disk', 'gzip -c disk; gzip -c disk'],
];

/** What no program reads either. */
const BROKEN: readonly (readonly [Kind, string, RegExp])[] = [
  ['root', 'tar -c etc | xz | head -c 150000', /cut off/],
  ['root', 'tar -c etc | xz | head -c -4', /cut off/],
  ['root', 'tar -c etc | xz; echo junk', /follows its end/],
  ['root', 'tar -c etc | xz; head -c 64 /dev/urandom', /follows its end/],
  ['root', 'tar -c etc | xz; head -c 6 /dev/zero', /follows its end/],
  [
    'root',
    'tar -c etc | xz > a; printf changed-for-sure | dd of=a bs=1 seek=90000 conv=notrunc status=none; cat a',
    /damaged/,
  ],
  ['root', 'tar -c etc | head -c 100000 | xz', /ends before its end/],
  ['root', 'xz -c etc/noise', /no tar archive/],
  ['unified', 'tar -c metadata.yaml rootfs | gzip | head -c 150000', /cut off/],
  ['unified', 'tar -c metadata.yaml rootfs | gzip; echo junk', /cut off, damaged/],
  ['unified', 'tar -c metadata.yaml rootfs | head -c 100000 | gzip', /ends before its end/],
  ['unified', 'gzip -c etc/noise', /no tar archive/],
  ['disk', 'gzip -c etc/noise | head -c 150000', /cut off/],
  ['disk', 'gzip -c etc/noise | head -c -4', /cut off/],
  ['disk', 'gzip -c etc/noise; echo junk', /damaged/],
  ['disk', 'gzip -c disk; head -c 600 /dev/zero; echo junk', /something that is no gzip data follows/],
  [
    'disk',
    'gzip -c etc/noise > a; printf changed-for-sure | dd of=a bs=1 seek=90000 conv=notrunc status=none; cat a',
    /damaged/,
  ],
  ['disk', 'gzip -c disk; gzip -c disk | head -c 100', /cut off/],
];

/** What programs read, and nobody can use. */
const USELESS: readonly (readonly [Kind, string, RegExp])[] = [
  ['root', 'tar -c rootfs | xz', /below rootfs\/.*tar -C rootfs -cJf rootfs\.tar\.xz \./],
  ['root', 'tar -c metadata.yaml templates ./rootfs | xz', /below rootfs\//],
  ['root', 'echo text | xz', /no tar archive/],
  ['root', 'xz -c rootfs.img etc/noise', /holds no files/],
  ['root', 'tar -c -T /dev/null | xz', /holds no files/],
  ['root', ': | xz', /holds no files/],
  ['unified', 'tar -c metadata.yaml etc | gzip', /has no rootfs\//],
  ['unified', 'tar -c metadata.yaml rootfs.img | gzip', /virtual machine.*format qcow2/],
  ['disk', ': | gzip', /holds no disk/],
];

describeWith('images', 'contents of archives that real programs made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imgsrv-contents-'));
  const run = (command: string) =>
    spawnSync('bash', ['-c', command], { cwd: folder, maxBuffer: 2 ** 26, stdio: 'ignore' }).status;
  const judge = async (kind: Kind, command: string) => {
    run(`{ ${command}; } > archive`);
    return (await CHECKS[kind].check.judge(sourceOf(readFileSync(join(folder, 'archive'))))).problem;
  };

  beforeAll(() => {
    expect(run(FILES)).toBe(0);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(FINE)('%s: accepts %s', async (kind, command) => {
    expect(await judge(kind, command)).toBeUndefined();
    expect(run(CHECKS[kind].oracle)).toBe(0);
  });

  test.each(BROKEN)('%s: refuses %s', async (kind, command, reason) => {
    expect(await judge(kind, command)).toMatch(reason);
    expect(run(CHECKS[kind].oracle)).not.toBe(0);
  });

  test.each(USELESS)('%s: refuses what is of no use: %s', async (kind, command, reason) => {
    expect(await judge(kind, command)).toMatch(reason);
    expect(run(CHECKS[kind].oracle)).toBe(0);
  });

  it('refuses what decompresses to too much', async () => {
    run('for part in $(seq 64); do head -c 1M /dev/zero; done | gzip > archive');
    const source = sourceOf(readFileSync(join(folder, 'archive')));
    expect(await rawGzContent.judge(source)).toEqual({ virtualSizeBytes: 64 * 2 ** 20 });
    const limit = { freeBytes: 2 ** 20, ratio: 50 };
    const problem = await readToEnd(source, 'gzip', limit, () => Promise.resolve(undefined));
    expect(problem).toMatch(/decompresses to more than/);
  });

  test.each<[Kind, string]>([
    ['root', 'head -c 200M /dev/zero | xz -1'],
    ['disk', 'head -c 800M /dev/zero | gzip -1'],
  ])('%s: is aborted while it decompresses, and the event loop turns meanwhile', async (kind, command) => {
    run(`${command} > archive`);
    const abort = new AbortController();
    const source = sourceOf(readFileSync(join(folder, 'archive')), abort.signal);
    const compression = kind === 'root' ? 'xz' : 'gzip';
    const judged = readToEnd(source, compression, { freeBytes: 2 ** 40, ratio: 1 }, () =>
      Promise.resolve(undefined),
    );
    judged.catch(() => undefined);
    for (let turns = 0; turns < 5; turns += 1) await setImmediate();
    abort.abort(new Error('lease lost'));
    await expect(judged).rejects.toThrow('lease lost');
  });

  it('passes the failure of the store on', async () => {
    run('tar -c etc | xz > archive');
    const bytes = readFileSync(join(folder, 'archive'));
    const broken = new Error('connection reset');
    const body = Readable.from(
      (function* () {
        yield bytes.subarray(0, 1000);
        throw broken;
      })(),
      { objectMode: false },
    );
    const source = { ...sourceOf(bytes), open: () => Promise.resolve(body) };
    await expect(rootfsTarXzContent.judge(source)).rejects.toBe(broken);
    expect(body.destroyed).toBe(true);
  });
});

function sourceOf(bytes: Buffer, signal = new AbortController().signal): ContentSource {
  const chunks = Array.from({ length: Math.ceil(bytes.length / 70_000) }, (_, at) =>
    bytes.subarray(at * 70_000, (at + 1) * 70_000),
  );
  const open = () => Promise.resolve(Readable.from(chunks, { objectMode: false }));
  return { sizeBytes: bytes.length, signal, open };
}
