import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { DamagedObjectError, NoSuchObjectError } from '../object-store.errors.js';
import type {
  ByteRange,
  CompletedPart,
  DiscardedPart,
  ListedMultipartUpload,
  ListedObject,
  MultipartUploadId,
  ObjectHead,
  ObjectRead,
  ObjectStore,
  PutObject,
  PutPart,
  StoredPart,
} from '../object-store.js';
import { requireRangeInside } from '../range-limits.js';
import { makeRoot } from './durable-files.js';
import { DurableFolders } from './durable-folders.js';
import { completeUpload } from './filesystem-complete.js';
import { storeError } from './filesystem-errors.js';
import { listObjects, listUnfinished } from './filesystem-listing.js';
import { discardUploadPart, putUploadPart } from './filesystem-part.js';
import { abortUpload, createUpload, removeObject } from './filesystem-uploads.js';
import { FilesystemObjectBody } from './filesystem-object-body.js';
import { putWhole } from './filesystem-whole.js';
import { findManifest, type Manifest } from './manifest.js';
import { objectFolder, wholeUploadId } from './object-folders.js';
import { OpenParts } from './open-parts.js';

/** Parts of all manifests that are kept together; some 150 bytes each. */
const MOST_CACHED_PARTS = 20_000;

/**
 * An `ObjectStore` in the folder `dir`, which several processes may use at once. The folder is made, mode 0700, by
 * the first call; when it vanishes later, every call fails instead of finding nothing. See README.md beside it.
 */
export function createFilesystemObjectStore({ dir }: { readonly dir: string }): ObjectStore {
  return new FilesystemObjectStore(resolve(dir, 'objects'));
}

class FilesystemObjectStore implements ObjectStore {
  #made: Promise<void> | undefined;
  /**
   * Of objects that were read lately, by folder. What one says never changes, because no key is used for a second
   * object; that the object is still there it does not say.
   */
  readonly #manifests = new LRUCache<string, Manifest>({
    maxSize: MOST_CACHED_PARTS,
    sizeCalculation: ({ parts }) => parts.length,
  });

  readonly #folders: DurableFolders;
  readonly #parts = new OpenParts();

  constructor(private readonly root: string) {
    this.#folders = new DurableFolders(root);
  }

  createMultipartUpload(key: string): Promise<MultipartUploadId> {
    return this.#run(() => createUpload(this.#folders, this.root, key));
  }

  async putPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    // It may fail while the file is being opened, when nobody reads it yet: that must not end the process.
    body.on('error', () => undefined);
    try {
      return await this.#run(() => putUploadPart(this.root, part, body, signal));
    } finally {
      body.destroy();
    }
  }

  /** Written through here and synced as each part is, so nobody else could have changed a byte. */
  async putObject(
    object: PutObject,
    body: Readable,
    signal?: AbortSignal,
  ): Promise<{ readonly isCompared: boolean }> {
    body.on('error', () => undefined);
    try {
      await this.#run(() => putWhole(this.#folders, this.root, object, body, signal));
      return { isCompared: true };
    } finally {
      body.destroy();
    }
  }

  discardPart(part: DiscardedPart): Promise<void> {
    return this.#run(() => discardUploadPart(this.root, part));
  }

  completeMultipartUpload(
    key: string,
    uploadId: MultipartUploadId,
    parts: readonly CompletedPart[],
  ): Promise<void> {
    return this.#run(() => completeUpload(this.root, key, uploadId, parts));
  }

  abortMultipartUpload(key: string, uploadId: MultipartUploadId): Promise<void> {
    return this.#run(() => abortUpload(this.root, key, uploadId));
  }

  head(key: string): Promise<ObjectHead | undefined> {
    return this.#run(async () => {
      const manifest = await findManifest(objectFolder(this.root, key));
      return manifest && { sizeBytes: manifest.sizeBytes };
    });
  }

  openRead(
    key: string,
    { range, signal }: { range?: ByteRange; signal?: AbortSignal } = {},
  ): Promise<ObjectRead> {
    return this.#translate(async () => {
      const folder = objectFolder(this.root, key);
      const known = this.#manifests.get(folder);
      if (known) {
        try {
          return await openBody(this.#parts, folder, known, range, signal);
        } catch (error) {
          if (!(error instanceof DamagedObjectError)) throw error;
          // Damaged, or simply deleted meanwhile: the folder tells.
          this.#manifests.delete(folder);
        }
      }
      const manifest = await findManifest(folder);
      if (!manifest) {
        await stat(this.root);
        throw new NoSuchObjectError();
      }
      // Of an object without bytes no part is opened, which would tell when it is gone.
      if (manifest.sizeBytes > 0) this.#manifests.set(folder, manifest);
      return openBody(this.#parts, folder, manifest, range, signal);
    });
  }

  delete(key: string): Promise<void> {
    return this.#run(async () => {
      const id = wholeUploadId(key);
      if (id !== undefined) await abortUpload(this.root, key, id as MultipartUploadId);
      await removeObject(this.root, key);
      this.#parts.forget(objectFolder(this.root, key));
    });
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    await this.#run(() => Promise.resolve());
    yield* translated(listObjects(this.root, prefix));
  }

  async *listMultipartUploads(prefix: string): AsyncIterable<ListedMultipartUpload> {
    await this.#run(() => Promise.resolve());
    yield* translated(listUnfinished(this.root, prefix));
  }

  check(): Promise<void> {
    return this.#run(() => access(this.root, constants.R_OK | constants.W_OK | constants.X_OK));
  }

  close(): Promise<void> {
    this.#parts.close();
    return Promise.resolve();
  }

  /** An absent key counts as absent only where the store itself is there: an unmounted volume is a failure. */
  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#translate(async () => {
      await stat(this.root);
      return work();
    });
  }

  async #translate<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.#makeOnce();
      return await work();
    } catch (error) {
      throw storeError(error);
    }
  }

  #makeOnce(): Promise<void> {
    this.#made ??= makeRoot(this.root).catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }
}

async function openBody(
  parts: OpenParts,
  folder: string,
  manifest: Manifest,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectRead> {
  if (range) requireRangeInside(range, manifest.sizeBytes);
  const body = new FilesystemObjectBody(parts, folder, manifest, range);
  try {
    signal?.throwIfAborted();
    await body.openFirst();
    if (signal) addAbortSignal(signal, body);
  } catch (error) {
    body.destroy();
    throw error;
  }
  return { sizeBytes: range ? range.end - range.start + 1 : manifest.sizeBytes, body };
}

async function* translated<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw storeError(error);
  }
}
