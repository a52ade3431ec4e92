import type { FileHandle } from 'node:fs/promises';
import {
  BlobDamagedError,
  BlobNotFoundError,
  type BlobReader,
  type MadeBlobs,
  OpenUploadLimitError,
  type Quota,
  QuotaExceededError,
} from '@imgsrv/cas';
import {
  type ContentRun,
  type DeclaredFile,
  type DeltaWish,
  findBaseProblem,
  judgeDelta,
  mostDeltaBytes,
} from '@imgsrv/catalog';
import { findEncodeCommand } from './encode-command.js';
import { runEncoder } from './run-encoder.js';
import { fillScratchFile, openScratchFile, ScratchError } from './scratch.js';
import { Turns } from './turns.js';
import { UnmetWishError } from './unmet-wish.error.js';

export interface DeltaSettings {
  /** Where the base and the delta are kept meanwhile, and how much of that there may be at once; 0 makes none. */
  readonly scratchDir: string;
  readonly scratchBytes: number;
  /** Folders of programs, as `PATH` has them. */
  readonly searchPath: string;
  /** Of principals without a quota of their own. */
  readonly quota: Quota;
}

export interface MakingRun extends ContentRun {
  /** The longest that others may be waited for. */
  readonly longestWaitMs: number;
  readonly onWaiting: () => void;
  /** So many more bytes were read or made. */
  readonly onBytes: (sizeBytes: number) => void;
}

/** A delta that was kept, and found to make its artifact. */
export interface MadeDelta {
  readonly file: DeclaredFile;
  readonly base: DeclaredFile;
}

/** As much as every store takes in one request. */
const MOST_BYTES = 5 * 2 ** 30;
const TIME_LIMIT = { baseMs: 120_000, minBytesPerMs: (2 * 2 ** 20) / 1000 };

/** Makes deltas with xdelta3: one at a time, for that needs a processor, some memory and a copy of the base. */
export class DeltaMaker {
  private readonly turns = new Turns();

  constructor(
    private readonly blobs: BlobReader,
    private readonly made: MadeBlobs,
    private readonly settings: DeltaSettings,
  ) {}

  /** Throws UnmetWishError; rejects with anything else when bytes cannot be read or kept now. Safe to repeat. */
  async make(wish: DeltaWish, run: MakingRun): Promise<MadeDelta> {
    const base = requireBase(wish);
    const maxBytes = this.requireRoom(base, wish);
    const timeLimitMs =
      TIME_LIMIT.baseMs + (base.sizeBytes + wish.target.sizeBytes) / TIME_LIMIT.minBytesPerMs;
    const command = await findEncodeCommand(this.settings.searchPath, timeLimitMs);
    if (command === undefined) {
      throw new UnmetWishError('because its worker has no xdelta3');
    }
    const { signal, longestWaitMs: longestMs, onWaiting } = run;
    const endTurn = await this.turns.take({ signal, longestMs, onWaiting });
    if (endTurn === undefined) {
      throw new UnmetWishError('because its worker was busy making others');
    }
    const files: FileHandle[] = [];
    try {
      const { scratchDir } = this.settings;
      files.push(await openScratchFile(scratchDir), await openScratchFile(scratchDir));
      const [baseFile, output] = files as [FileHandle, FileHandle];
      await this.copyBase(base, baseFile, run);
      const target = await this.open(wish.target, run);
      const { onBytes: onRead } = run;
      const encoded = { command, base: baseFile, target, output, maxBytes, timeLimitMs, signal, onRead };
      const file = requireMade(await runEncoder(encoded));
      await this.keep(file, output, wish, signal);
      await requireSound(wish, file, base, run);
      return { file, base };
    } catch (error) {
      throw error instanceof ScratchError
        ? new UnmetWishError('because its worker has no room for it', error.message)
        : error;
    } finally {
      await Promise.allSettled(files.map((file) => file.close()));
      endTurn();
    }
  }

  /** The most bytes that the delta may have. */
  private requireRoom({ sizeBytes }: DeclaredFile, { target }: DeltaWish): number {
    const { scratchBytes } = this.settings;
    const most = mostDeltaBytes(target.sizeBytes);
    if (scratchBytes === 0) {
      throw new UnmetWishError('because this service makes no deltas');
    }
    if (sizeBytes + most > scratchBytes) {
      throw new UnmetWishError(`because a worker keeps ${scratchBytes} bytes meanwhile, and not more`);
    }
    return Math.min(most, MOST_BYTES);
  }

  private async copyBase(base: DeclaredFile, file: FileHandle, run: MakingRun): Promise<void> {
    try {
      await fillScratchFile(file, await this.open(base, run), run.onBytes);
    } catch (error) {
      throw error instanceof BlobDamagedError
        ? new UnmetWishError('because the stored bytes of that version are damaged')
        : error;
    }
  }

  private async open({ digest }: DeclaredFile, { signal, expectBytes }: MakingRun) {
    const blob = await this.blobs.find(digest);
    if (blob === undefined) {
      throw new BlobNotFoundError();
    }
    expectBytes(blob.sizeBytes);
    return this.blobs.openBlob(blob, { signal });
  }

  private async keep(
    file: DeclaredFile,
    output: FileHandle,
    { publisher }: DeltaWish,
    signal: AbortSignal,
  ): Promise<void> {
    if (publisher === undefined) {
      throw new Error('a version is being published by nobody');
    }
    const content = { ...file, body: () => output.createReadStream({ start: 0, autoClose: false }) };
    try {
      await this.made.keepContent(content, publisher, { signal, quota: this.settings.quota });
    } catch (error) {
      throw error instanceof QuotaExceededError || error instanceof OpenUploadLimitError
        ? new UnmetWishError('because that would exceed the quota of its publisher', error.message)
        : error;
    }
  }
}

function requireBase(wish: DeltaWish): DeclaredFile {
  const problem = findBaseProblem(wish);
  if (wish.base === undefined || problem !== undefined) {
    throw new UnmetWishError(problem ?? 'which is not there');
  }
  return wish.base;
}

function requireMade(outcome: Awaited<ReturnType<typeof runEncoder>>): DeclaredFile {
  switch (outcome.kind) {
    case 'made':
      return { digest: outcome.digest, sizeBytes: outcome.sizeBytes };
    case 'too-large':
      throw new UnmetWishError('because it would hardly be smaller than the file itself');
    case 'too-slow':
      throw new UnmetWishError('because making it took too long');
    case 'failed':
      throw new UnmetWishError('because xdelta3 failed', outcome.how);
  }
}

/** As clients apply it, by the reader that judges the deltas of publishers. */
async function requireSound(
  { target, baseVersion }: DeltaWish,
  file: DeclaredFile,
  base: DeclaredFile,
  run: MakingRun,
): Promise<void> {
  let seenBytes = 0;
  const problem = await judgeDelta({ target, baseVersion, file }, base.digest, run, (madeBytes) => {
    run.onBytes(Math.max(0, madeBytes - seenBytes));
    seenBytes = Math.max(seenBytes, madeBytes);
  });
  if (problem !== undefined) {
    throw new UnmetWishError('because what xdelta3 made is not right', problem);
  }
}
