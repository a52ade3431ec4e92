import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SharedLookup } from '@imgsrv/platform';
import { LRUCache } from 'lru-cache';
import { DamagedObjectError } from '../object-store.errors.js';
import { errorCode } from './durable-files.js';

/** How long one stays open that nobody opens again: it keeps the space of a deleted object, and its mount busy. */
const IDLE_MS = 1000;
const MOST_IDLE = 32;

/** An open file of a part, which whoever opened it lets go once. */
export interface OpenPart {
  readonly fd: number;
  letGo(): Promise<void>;
}

/**
 * Opens the files of parts, and keeps them open for a moment: one blob is often read by many at once, or in thousands of ranges, and
 * opening, looking and closing would be more than half of what each of them asks of the file system. What is in a part never changes.
 */
export class OpenParts {
  readonly #kept = new LRUCache<string, SharedPart>({
    max: MOST_IDLE,
    ttl: IDLE_MS,
    ttlAutopurge: true,
    updateAgeOnGet: true,
    dispose: (part) => void part.letGo().catch(() => undefined),
  });

  /** Rejects with DamagedObjectError when the file is gone, or has not the size that was published, whoever did that to it. */
  async open(path: string, sizeBytes: number): Promise<OpenPart> {
    const kept = this.#kept.get(path);
    if (kept !== undefined) {
      if (await kept.hold(sizeBytes)) return kept;
      if (this.#kept.peek(path) === kept) this.#kept.delete(path);
    }
    const opened = new SharedPart(path, await openFile(path));
    try {
      if (!(await opened.hold(sizeBytes))) {
        throw new DamagedObjectError('A part has not the size that was published.');
      }
    } catch (error) {
      await opened.letGo();
      throw error;
    }
    this.#kept.set(path, opened);
    return opened;
  }

  /** Lets go what is in this folder, which is deleted. */
  forget(folder: string): void {
    for (const path of [...this.#kept.keys()].filter((each) => dirname(each) === folder)) {
      this.#kept.delete(path);
    }
  }

  /** Lets go everything that nobody reads just now. */
  close(): void {
    this.#kept.clear();
  }
}

/** Closed when everybody has let it go; who made it is the first to hold it. */
class SharedPart implements OpenPart {
  readonly fd: number;
  #holders = 1;
  readonly #looks: SharedLookup<'file', Stats | undefined>;
  #inode: number | undefined;

  constructor(
    path: string,
    private readonly handle: FileHandle,
  ) {
    this.fd = handle.fd;
    this.#looks = new SharedLookup(async () => new Map([['file', await lookAt(path)]]));
  }

  /** False, and nothing is held, when what has the name now is not this file, or not of this size. */
  async hold(sizeBytes: number): Promise<boolean> {
    this.#holders += 1;
    try {
      const found = await this.#looks.get('file');
      this.#inode ??= (await this.handle.stat()).ino;
      if (found?.isFile() === true && found.size === sizeBytes && found.ino === this.#inode) return true;
    } catch (error) {
      await this.letGo();
      throw error;
    }
    await this.letGo();
    return false;
  }

  async letGo(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) await this.handle.close();
  }
}

/** By its name: a folder that is moved away, or no longer mounted, takes the name with it and not the file. */
async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    // The manifest, which is removed first, names it.
    throw errorCode(error) === 'ENOENT' ? new DamagedObjectError('A part is gone.', error) : error;
  }
}
