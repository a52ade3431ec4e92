import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type EncoderRun, runEncoder } from './run-encoder.js';
import { openScratchFile, ScratchError } from './scratch.js';

let folder: string;
let base: FileHandle;
let output: FileHandle;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'imgsrv-encoder-'));
  base = await openScratchFile(folder);
  output = await openScratchFile(folder);
  await base.appendFile('the base');
});

afterEach(async () => {
  await base.close();
  await output.close().catch(() => undefined);
  rmSync(folder, { recursive: true });
});

/** Runs a script of the shell in the place of an encoder. */
function run(script: string, more: Partial<EncoderRun> = {}) {
  const program = join(folder, 'encoder');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o700);
  return runEncoder({
    command: [program],
    base,
    target: Readable.from([Buffer.from('the target')]),
    output,
    maxBytes: 1000,
    timeLimitMs: 30_000,
    signal: new AbortController().signal,
    onRead: () => undefined,
    ...more,
  });
}

/** Of bytes without end. */
function endless(): Readable {
  return Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(65_536);
    })(),
  );
}

function isRunning(pid: number): boolean {
  // A zombie of a container without an init has no command line any more.
  return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`).length > 0;
}

function pidIn(file: string): number {
  return Number(readFileSync(join(folder, file), 'utf8'));
}

it('gives the program the base and the target, and keeps what it gives', async () => {
  const read: number[] = [];
  const made = await run('cat /dev/fd/3; echo; cat', { onRead: (sizeBytes) => read.push(sizeBytes) });
  const expected = 'the base\nthe target';
  expect(made).toEqual({
    kind: 'made',
    digest: `sha256:${createHash('sha256').update(expected).digest('hex')}`,
    sizeBytes: expected.length,
  });
  expect(read).toEqual([10]);
  const kept = Buffer.alloc(100);
  const { bytesRead } = await output.read(kept, 0, 100, 0);
  expect(kept.subarray(0, bytesRead).toString()).toBe(expected);
});

it('takes as much as is allowed, and more than a pipe holds', async () => {
  const bytes = randomBytes(1_000_000);
  const made = await run('cat', { target: Readable.from([bytes]), maxBytes: bytes.length });
  expect(made).toMatchObject({ kind: 'made', sizeBytes: bytes.length });
});

it('tells the program nothing of the environment', async () => {
  await run(`cat > /dev/null; env > ${join(folder, 'env')}; pwd >> ${join(folder, 'env')}`);
  const lines = readFileSync(join(folder, 'env'), 'utf8').trim().split('\n');
  // The shell adds its own.
  expect(lines.filter((line) => !/^(?:_|PWD|OLDPWD|SHLVL)=/.test(line)).sort()).toEqual(['/', 'LC_ALL=C']);
});

describe('a program', () => {
  it('that is not there has failed', async () => {
    expect(await run('', { command: [join(folder, 'nothing')] })).toEqual({
      kind: 'failed',
      how: expect.stringContaining('ENOENT') as string,
    });
  });

  it('that fails tells how', async () => {
    expect(await run('echo no room >&2; exit 7')).toEqual({ kind: 'failed', how: '7 no room' });
  });

  it('that fails without a look at an endless target has failed', async () => {
    const target = endless();
    expect(await run('exit 3', { target })).toEqual({ kind: 'failed', how: '3' });
    expect(target.destroyed).toBe(true);
  });

  it('that fails after it gave something has failed', async () => {
    expect(await run('cat; exit 1')).toEqual({ kind: 'failed', how: '1' });
  });

  it('that is killed by the system has failed', async () => {
    expect(await run('kill -SEGV $$')).toEqual({ kind: 'failed', how: 'SIGSEGV' });
  });

  it('that complains without end fills no memory', async () => {
    const outcome = await run('yes complaint | head -c 5000000 >&2; exit 1');
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(outcome).length).toBeLessThan(2000);
  });

  it('that gives without end is killed', async () => {
    expect(await run(`echo $$ > ${join(folder, 'pid')}; exec yes`)).toEqual({ kind: 'too-large' });
    expect(isRunning(pidIn('pid'))).toBe(false);
  });

  it('that gives one byte more than is allowed gives too much', async () => {
    expect(await run('head -c 1001 /dev/zero')).toEqual({ kind: 'too-large' });
    expect((await output.stat()).size).toBeLessThanOrEqual(1000);
  });

  it('that never ends is killed with what it has begun', async () => {
    const script = `sleep 1000 & echo $! > ${join(folder, 'child')}; echo $$ > ${join(folder, 'pid')}; wait`;
    expect(await run(script, { timeLimitMs: 500 })).toEqual({ kind: 'too-slow' });
    expect([isRunning(pidIn('pid')), isRunning(pidIn('child'))]).toEqual([false, false]);
  });

  it('that leaves something behind, which holds its output, is not waited for any longer', async () => {
    const script = `sleep 1000 & echo $! > ${join(folder, 'child')}`;
    expect(await run(script, { timeLimitMs: 500 })).toEqual({ kind: 'too-slow' });
    expect(isRunning(pidIn('child'))).toBe(false);
  });

  it('that closes its streams and goes on is killed', async () => {
    expect(await run('exec 0<&- 1>&- 2>&-; sleep 1000', { timeLimitMs: 500 })).toEqual({ kind: 'too-slow' });
  });
});

describe('an abort', () => {
  it('before the begin begins nothing', async () => {
    const reason = new Error('canceled');
    await expect(run(`touch ${join(folder, 'begun')}`, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(existsSync(join(folder, 'begun'))).toBe(false);
  });

  it('kills the program', async () => {
    const aborting = new AbortController();
    const reason = new Error('the lease was lost');
    const target = endless();
    const running = run(`echo $$ > ${join(folder, 'pid')}; cat > /dev/null`, {
      target,
      signal: aborting.signal,
      onRead: () => {
        if (existsSync(join(folder, 'pid'))) aborting.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(isRunning(pidIn('pid'))).toBe(false);
    expect(target.destroyed).toBe(true);
  });
});

it('rejects with what the target fails with, and kills the program', async () => {
  const target = new Readable({ read: () => undefined });
  const gone = new Error('the store is gone');
  setImmediate(() => target.destroy(gone));
  await expect(run(`echo $$ > ${join(folder, 'pid')}; cat`, { target })).rejects.toBe(gone);
});

it('rejects when the output cannot be written', async () => {
  await output.close();
  await expect(run('cat; exec yes', { maxBytes: 1e9 })).rejects.toThrow(ScratchError);
});
