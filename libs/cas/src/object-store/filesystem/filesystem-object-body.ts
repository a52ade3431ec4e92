import { read } from 'node:fs';
import { join } from 'node:path';
import { ObjectBody } from '../object-body.js';
import type { ByteRange } from '../object-store.js';
import { ReusableBuffers } from '../reusable-buffers.js';
import { SlabPool } from '../slab-pool.js';
import { DamagedObjectError } from '../object-store.errors.js';
import { storeError } from './filesystem-errors.js';
import type { Manifest } from './manifest.js';
import { partFile } from './object-folders.js';
import type { OpenPart, OpenParts } from './open-parts.js';
import { ReadTurns } from './read-turns.js';

/** The file system is read in pieces as large as a slab: 64 KiB halve the throughput, 1 MiB adds only memory. */
const SLABS = new SlabPool({
  largestBytes: 512 * 1024,
  smallestBytes: 64 * 1024,
  budgetBytes: 48 * 2 ** 20,
  mostIdleBytes: 16 * 2 ** 20,
});
const SMALLEST_ROOM = 1 / 2;
/** Twice what libuv reads at once. */
const TURNS = new ReadTurns(8);

interface Section {
  readonly file: string;
  /** Of the whole part. */
  readonly sizeBytes: number;
  /** Position in the part. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * The bytes of an object, or a range of it, across its part files; one file is open at a time. Fails with
 * `DependencyUnavailableError` when a part is missing or has not the size that was published.
 */
export class FilesystemObjectBody extends ObjectBody {
  readonly #buffers = new ReusableBuffers(SLABS, SMALLEST_ROOM);
  readonly #folder: string;
  readonly #sections: Section[];
  #part: OpenPart | undefined;
  #position = 0;
  #hasBegun = false;
  #reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: OpenParts,
    folder: string,
    manifest: Manifest,
    range: ByteRange | undefined,
  ) {
    // One chunk is read ahead, however large chunks are by then.
    super({ highWaterMark: 1 });
    this.#folder = folder;
    this.#sections = sectionsOf(manifest, range);
  }

  override giveBack(chunk: Buffer): void {
    this.#buffers.giveBack(chunk);
  }

  override _read(): void {
    this.#reading = TURNS.run(this.#hasBegun, () => this.#next()).then(
      (chunk) => {
        this.push(chunk);
      },
      (error: unknown) => {
        const failure = storeError(error);
        this.destroy(failure instanceof Error ? failure : new Error('The read failed.', { cause: failure }));
      },
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const done = () => {
      this.#buffers.close();
      callback(error);
    };
    void this.#reading.then(() => this.#close()).then(done, done);
  }

  /** Opens the first part, so that a damaged object is refused before the first byte is promised. */
  async openFirst(): Promise<void> {
    const [first] = this.#sections;
    if (first) await this.#open(first);
  }

  async #next(): Promise<Buffer | null> {
    const [section] = this.#sections;
    if (!section || this.destroyed) return null;
    this.#hasBegun = true;
    const part = this.#part ?? (await this.#open(section));
    const room = this.#buffers.room();
    const wantedBytes = Math.min(room.length, section.to - this.#position);
    const bytesRead = await readAt(part.fd, room, wantedBytes, this.#position);
    if (bytesRead === 0) throw new DamagedObjectError('A part is shorter than was published.');
    this.#position += bytesRead;
    if (this.#position === section.to) {
      this.#sections.shift();
      await this.#close();
    }
    return this.#buffers.take(bytesRead);
  }

  async #open({ file, sizeBytes, from }: Section): Promise<OpenPart> {
    const part = await this.parts.open(join(this.#folder, file), sizeBytes);
    this.#part = part;
    this.#position = from;
    return part;
  }

  async #close(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    await part?.letGo();
  }
}

/** The promise of the file handle's own `read` costs several times as much. The file must stay open until it is settled. */
function readAt(fd: number, into: Buffer, lengthBytes: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, lengthBytes, position, (error, bytesRead) => {
      if (error) reject(error);
      else resolve(bytesRead);
    });
  });
}

function sectionsOf(manifest: Manifest, range: ByteRange | undefined): Section[] {
  const start = range?.start ?? 0;
  const end = range ? range.end + 1 : manifest.sizeBytes;
  let offset = 0;
  const sections = manifest.parts.map(({ partNumber, etag, sizeBytes }) => {
    const from = Math.max(0, start - offset);
    const to = Math.min(sizeBytes, end - offset);
    offset += sizeBytes;
    return { file: partFile(manifest.uploadId, partNumber, etag), sizeBytes, from, to };
  });
  return sections.filter(({ from, to }) => from < to);
}
