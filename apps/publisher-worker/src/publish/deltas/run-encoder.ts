import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { type Digest, digestOfHex } from '@imgsrv/cas';
import { feed } from './feed.js';
import { toScratchError } from './scratch.js';

export interface EncoderRun {
  /** What is run: a program and its parameters, which reads the base as `/dev/fd/3` and the target as its standard input. */
  readonly command: readonly [string, ...string[]];
  readonly base: FileHandle;
  /** Destroyed in every case. */
  readonly target: Readable;
  /** Where the delta is written to, from its begin. */
  readonly output: FileHandle;
  readonly maxBytes: number;
  readonly timeLimitMs: number;
  /** Aborting it kills the program and rejects with its reason. */
  readonly signal: AbortSignal;
  /** So many bytes of the target were taken. */
  readonly onRead: (sizeBytes: number) => void;
}

export type EncoderOutcome =
  | { readonly kind: 'made'; readonly digest: Digest; readonly sizeBytes: number }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'failed'; readonly how: string };

const NICENESS = 10;
const MOST_TOLD_BYTES = 1000;

/**
 * Runs an encoder until it ends or has to be killed, with nothing of this process but the three streams and the base. Rejects
 * with what the target failed with, with ScratchError when the output cannot be written, and with the reason of an abort.
 */
export async function runEncoder(run: EncoderRun): Promise<EncoderOutcome> {
  if (run.signal.aborted) {
    run.target.destroy();
    run.signal.throwIfAborted();
  }
  const [program, ...parameters] = run.command;
  const child = spawn(program, parameters, {
    cwd: '/',
    env: { LC_ALL: 'C' },
    // A group of its own, so that whatever it starts is killed with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', run.base.fd],
  });
  const killed = new AbortController();
  killed.signal.addEventListener('abort', () => {
    kill(child);
    run.target.destroy();
  });
  const timer = setTimeout(() => {
    killed.abort('too-slow');
  }, run.timeLimitMs);
  const abort = (): void => {
    killed.abort('aborted');
  };
  run.signal.addEventListener('abort', abort, { once: true });
  try {
    return await observe(child, run, killed);
  } finally {
    clearTimeout(timer);
    run.signal.removeEventListener('abort', abort);
    run.target.destroy();
    kill(child);
  }
}

async function observe(
  child: ChildProcess,
  run: EncoderRun,
  killed: AbortController,
): Promise<EncoderOutcome> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) {
    throw new Error('a child process has not the pipes that it was given');
  }
  const told = listen(stderr);
  const ended = endOf(child);
  lowerPriority(child);
  let failure: { readonly error: unknown } | undefined;
  const killOn = (error: unknown): void => {
    failure ??= { error };
    killed.abort('failed');
  };
  const [, delta] = await Promise.all([
    feed(run.target, stdin, run.onRead).catch(killOn),
    collect(stdout, run, () => {
      killed.abort('too-large');
    }).catch(killOn),
  ]);
  const end = await ended;
  run.signal.throwIfAborted();
  const stopped: unknown = killed.signal.reason;
  if (stopped === 'too-slow' || stopped === 'too-large') {
    return { kind: stopped };
  }
  if (failure !== undefined) {
    throw failure.error;
  }
  return end === 0 && delta !== undefined
    ? { kind: 'made', ...delta }
    : { kind: 'failed', how: [end, told()].join(' ').trim() };
}

/** Writes down what the program gives, until that is too much. */
async function collect(
  stdout: Readable,
  { output, maxBytes }: EncoderRun,
  onTooLarge: () => void,
): Promise<{ readonly digest: Digest; readonly sizeBytes: number } | undefined> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      onTooLarge();
      return undefined;
    }
    hash.update(chunk);
    await output.appendFile(chunk).catch(toScratchError);
  }
  return { digest: digestOfHex(hash.digest('hex')), sizeBytes };
}

/** The first of what the program says, once it has ended; the rest is dropped. */
function listen(stderr: Readable): () => string {
  let text = '';
  stderr
    .setEncoding('utf8')
    .on('error', () => undefined)
    .on('data', (chunk: string) => {
      text = (text + chunk).slice(0, MOST_TOLD_BYTES);
    });
  return () => text;
}

/** Resolves when the program has ended and its streams are closed: with its status, its signal, or why it was not begun. */
function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? 'ended');
    });
  });
}

function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, NICENESS);
  } catch {
    // It has ended already.
  }
}

function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
