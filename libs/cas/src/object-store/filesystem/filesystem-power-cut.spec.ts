import { randomBytes, randomUUID } from 'node:crypto';
import files, { type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { digestOfHex } from '../../digest.js';
import type { ObjectStore } from '../object-store.js';
import { createFilesystemObjectStore } from './filesystem-object-store.js';

const SIZE_BYTES = 1000;

/** What a power cut takes is what was not synced; the driver's own calls say what was. */
describe('filesystem object store when the power is cut', () => {
  let dir: string;
  let disk: Disk;
  let stores: readonly [ObjectStore, ObjectStore];

  beforeEach(async () => {
    dir = await files.mkdtemp(join(tmpdir(), 'imgsrv-power-'));
    disk = new Disk(dir);
    stores = [createFilesystemObjectStore({ dir }), createFilesystemObjectStore({ dir })];
    await stores[0].check();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await files.rm(dir, { recursive: true, force: true });
  });

  async function put(store: ObjectStore, key: string): Promise<void> {
    const bytes = randomBytes(SIZE_BYTES);
    await store.putObject(
      { key, sizeBytes: SIZE_BYTES, digest: digestOfHex('0'.repeat(64)) },
      Readable.from([bytes]),
    );
    expect(disk.lostWith(objectOf(key))).toEqual([]);
  }

  async function putInParts(store: ObjectStore, key: string): Promise<void> {
    const uploadId = await store.createMultipartUpload(key);
    expect(disk.lostWith(join('objects', key, `_upload-${uploadId}`))).toEqual([]);
    const part = { key, uploadId, partNumber: 1, sizeBytes: SIZE_BYTES };
    const { etag } = await store.putPart(part, Readable.from([randomBytes(SIZE_BYTES)]));
    await store.completeMultipartUpload(key, uploadId, [{ ...part, etag }]);
    expect(disk.lostWith(objectOf(key))).toEqual([]);
  }

  describe.each([
    ['an object of one request', put],
    ['an object of parts', putInParts],
  ])('%s', (_, store) => {
    it('is kept once it was answered, and was whole before anybody could read it', async () => {
      await store(stores[0], keyBelow('ab/cd'));
      expect(disk.torn).toEqual([]);
    });

    it('is kept beside others in the same folders', async () => {
      for (const place of ['ab/cd', 'ab/cd', 'ab/ef', '01/cd']) await store(stores[0], keyBelow(place));
      expect(disk.torn).toEqual([]);
    });

    it('is kept in folders that another process makes at the same time and has not synced yet', async () => {
      await Promise.all(stores.flatMap((each) => [1, 2, 3].map(() => store(each, keyBelow('ab/cd')))));
    });

    it('is kept in folders that another process has removed and made again, without a sync', async () => {
      const first = keyBelow('ab/cd');
      await store(stores[0], first);
      await stores[1].delete(first);
      for (const made of ['blobs', 'blobs/sha256', 'blobs/sha256/ab', 'blobs/sha256/ab/cd']) {
        await files.mkdir(join(dir, 'objects', made));
      }
      await store(stores[0], keyBelow('ab/cd'));
    });
  });

  it('syncs no folder again that it knows to be durable', async () => {
    await put(stores[0], keyBelow('ab/cd'));
    const before = disk.folderSyncs.length;
    await put(stores[0], keyBelow('ab/cd'));
    const again = disk.folderSyncs.slice(before).filter((folder) => !folder.includes('_upload-'));
    expect(again.map((folder) => folder.split('/').length)).toEqual([5, 6, 7]);
  });
});

function keyBelow(place: string): string {
  return `blobs/sha256/${place}/${randomBytes(8).toString('hex')}/${randomUUID()}`;
}

function objectOf(key: string): string {
  return join('objects', key, '_object');
}

/** Which names below `dir` were not synced since they were made, and which files since they were written. Paths are relative to `dir`. */
class Disk {
  private names = new Set<string>();
  private readonly written = new Map<FileHandle, string>();
  /** What a reader could have met that was not durable when the object got its name. */
  readonly torn: string[] = [];
  readonly folderSyncs: string[] = [];

  constructor(private readonly dir: string) {
    this.watchNames();
    this.watchFiles();
  }

  /** What a power cut would take of what is at `path`, or of the way to it. */
  lostWith(path: string): string[] {
    return this.unsynced().filter((each) => isAt(each, path) || isAt(path, each));
  }

  private unsynced(): string[] {
    return [...this.names, ...this.written.values()];
  }

  private watchNames(): void {
    const { mkdir, rename } = files;
    jest.spyOn(files, 'mkdir').mockImplementation(async (path, options) => {
      const made = await mkdir(path, options);
      this.names.add(this.nameOf(path));
      return made;
    });
    jest.spyOn(files, 'rename').mockImplementation(async (from, to) => {
      const [before, after] = [this.nameOf(from), this.nameOf(to)];
      if (after.endsWith('/_object')) {
        this.torn.push(...this.unsynced().filter((each) => each !== before && isAt(each, before)));
      }
      await rename(from, to);
      const move = (each: string): string => (isAt(each, before) ? after + each.slice(before.length) : each);
      this.names = new Set([...this.names].map(move)).add(after);
      for (const [file, name] of this.written) this.written.set(file, move(name));
    });
  }

  private watchFiles(): void {
    const { open } = files;
    jest.spyOn(files, 'open').mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode);
      const name = this.nameOf(path);
      const isNew = flags === 'wx';
      if (isNew) {
        this.names.add(name);
        this.written.set(handle, name);
      }
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        if (isNew) {
          await sync();
          this.written.delete(handle);
          return;
        }
        this.folderSyncs.push(name);
        // Only what was there when it began is certain.
        const synced = [...this.names].filter((each) => dirname(each) === name);
        await sync();
        for (const each of synced) this.names.delete(each);
      };
      return handle;
    });
  }

  private nameOf(path: unknown): string {
    return relative(this.dir, String(path)) || '.';
  }
}

function isAt(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
