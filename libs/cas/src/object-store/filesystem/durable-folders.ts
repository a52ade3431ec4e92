import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { FOLDER_MODE, ignoring, syncFolder } from './durable-files.js';

/** Folders that are known to be durable, some 200 bytes each. */
const MOST_KNOWN = 5_000;
/** The last segments of a key are of one object, so no other key needs their folders. */
const SEGMENTS_OF_ONE_OBJECT = 2;

/**
 * Makes folders below `root` that survive a power cut. One that was synced before and is still the same, which its inode and the
 * time of its birth tell, needs no sync again, nor does any above it: a folder with another in it is never removed.
 */
export class DurableFolders {
  readonly #known = new LRUCache<string, string>({ max: MOST_KNOWN });

  constructor(private readonly root: string) {}

  /**
   * Makes `folder` with all above it, and one named `child` in it, which must not be there. Rejects with ENOENT when `root` does
   * not exist, or when somebody removes a folder that is empty for a moment. The function it gives resolves when `folder` will
   * survive a power cut; the name of `child` in it is not part of that.
   */
  async makeWithin(folder: string, child: string): Promise<() => Promise<void>> {
    const above = this.#above(folder);
    const from = Math.max(
      0,
      above.findLastIndex((each) => this.#known.has(each)),
    );
    try {
      for (const each of [...above.slice(from + 1), folder]) {
        await mkdir(each, { mode: FOLDER_MODE }).catch(ignoring('EEXIST'));
      }
      await mkdir(join(folder, child), { mode: FOLDER_MODE });
    } catch (error) {
      above.forEach((each) => this.#known.delete(each));
      throw error;
    }
    // From here on nobody can remove any of them, since each has something in it.
    return () => this.#sync(above, from);
  }

  /** Syncs `above` from the index on, or all of it when the folder there is another than the one that was synced. */
  async #sync(above: readonly string[], from: number): Promise<void> {
    const folders = above.slice(from);
    const identities = await Promise.all(folders.map(identityOf));
    if (from > 0 && this.#known.get(folders[0] ?? '') !== identities[0]) {
      return this.#sync(above, 0);
    }
    await Promise.all(folders.map(syncFolder));
    for (const [at, folder] of folders.slice(0, 1 - SEGMENTS_OF_ONE_OBJECT).entries()) {
      const identity = identities[at];
      if (identity !== undefined) this.#known.set(folder, identity);
    }
  }

  /** The folders that hold the names down to that of `folder`: `root` first, `folder` itself not among them. */
  #above(folder: string): string[] {
    const above: string[] = [];
    for (let each = folder; each !== this.root; each = dirname(each)) above.unshift(dirname(each));
    return above;
  }
}

/** Undefined where the file system does not know when a folder was made. */
async function identityOf(folder: string): Promise<string | undefined> {
  const { ino, birthtimeNs } = await stat(folder, { bigint: true });
  return birthtimeNs > 0n ? `${ino}-${birthtimeNs}` : undefined;
}
