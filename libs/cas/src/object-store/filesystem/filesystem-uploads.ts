import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DamagedObjectError, NoSuchMultipartUploadError } from '../object-store.errors.js';
import type { MultipartUploadId } from '../object-store.js';
import { errorCode, ignoring, syncFolder } from './durable-files.js';
import type { DurableFolders } from './durable-folders.js';
import { findManifest, type Manifest } from './manifest.js';
import {
  isFileOf,
  isUploadId,
  keyFolder,
  objectFolder,
  partFile,
  removedFolder,
  uploadFolder,
} from './object-folders.js';

const MAKE_ATTEMPTS = 20;

/** Durable when it resolves. */
export async function createUpload(
  folders: DurableFolders,
  root: string,
  key: string,
): Promise<MultipartUploadId> {
  const id = randomUUID() as MultipartUploadId;
  const sync = await makeUploadFolder(folders, root, key, id);
  await Promise.all([sync(), syncFolder(keyFolder(root, key))]);
  return id;
}

/** An `id` that was never used at this key. The function it gives makes the folder of the key durable. */
export async function makeUploadFolder(
  folders: DurableFolders,
  root: string,
  key: string,
  id: MultipartUploadId,
): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await folders.makeWithin(keyFolder(root, key), basename(uploadFolder(root, key, id)));
    } catch (error) {
      // A removal beside this one takes away folders that are empty for a moment.
      if (errorCode(error) !== 'ENOENT' || attempt === MAKE_ATTEMPTS) throw error;
    }
  }
}

/**
 * The rename races with the one that publishes, and only one of them can win: either the upload is gone and
 * complete fails, or the object stays whole.
 */
export async function abortUpload(root: string, key: string, id: MultipartUploadId): Promise<void> {
  if (!isUploadId(id)) return;
  const removed = removedFolder(root, key, id);
  await rename(uploadFolder(root, key, id), removed).catch(ignoring('ENOENT'));
  await removeFolder(root, removed);
  const published = await findManifest(objectFolder(root, key)).catch(unlessDamaged);
  if (published?.uploadId === id) await removeUnnamed(objectFolder(root, key), published);
}

/** For tidying up: what belongs to a manifest that cannot be read goes with the object, whenever that goes. */
export function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof DamagedObjectError)) throw error;
}

/** Unreadable from the rename on, whenever the process dies. */
export async function removeObject(root: string, key: string): Promise<void> {
  const removed = removedFolder(root, key, randomUUID());
  try {
    await rename(objectFolder(root, key), removed);
    await syncFolder(keyFolder(root, key));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  await removeFolder(root, removed);
}

/** Removes what an upload left in its published folder: parts sent again or too late, files half written. */
export async function removeUnnamed(folder: string, manifest: Manifest): Promise<void> {
  for (const file of await unnamedFiles(folder, manifest)) await rm(join(folder, file), { force: true });
}

export async function unnamedFiles(folder: string, { uploadId, parts }: Manifest): Promise<string[]> {
  const named = new Set(parts.map(({ partNumber, etag }) => partFile(uploadId, partNumber, etag)));
  const files = (await readdir(folder).catch(ignoring('ENOENT'))) ?? [];
  return files.filter((file) => isFileOf(uploadId, file) && !named.has(file));
}

/** For an upload whose folder is not there, provided that the store itself is. */
export async function uploadLost(root: string, cause: unknown): Promise<NoSuchMultipartUploadError> {
  await stat(root);
  return new NoSuchMultipartUploadError('The object store no longer has this upload.', { cause });
}

/** Removes the folder, then those above it that are empty now. */
async function removeFolder(root: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  for (let parent = dirname(folder); parent !== root; parent = dirname(parent)) {
    try {
      await rmdir(parent);
    } catch (error) {
      if (!STILL_USED.has(errorCode(error) ?? '')) throw error;
      return;
    }
  }
}

const STILL_USED = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']);
