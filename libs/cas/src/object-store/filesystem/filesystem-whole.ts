import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExactBody } from '../exact-body.js';
import type { CompletedPart, MultipartUploadId, PutObject } from '../object-store.js';
import { errorCode, FILE_MODE, syncFolder } from './durable-files.js';
import type { DurableFolders } from './durable-folders.js';
import { renameToObject } from './filesystem-complete.js';
import { abortUpload, makeUploadFolder, uploadLost } from './filesystem-uploads.js';
import { makeManifest } from './manifest.js';
import {
  incomingFile,
  keyFolder,
  MANIFEST_FILE,
  partFile,
  uploadFolder,
  wholeUploadId,
} from './object-folders.js';
import { PartWriter } from './part-writer.js';

/**
 * `ObjectStore.putObject`: an upload of one part that nobody goes on with, so that nothing of it has to be durable before all of
 * it is written. Then everything is synced at once, and the rename follows.
 */
export async function putWhole(
  folders: DurableFolders,
  root: string,
  { key, sizeBytes }: PutObject,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const id = (wholeUploadId(key) ?? randomUUID()) as MultipartUploadId;
  const syncAbove = await makeUploadFolder(folders, root, key, id);
  const folder = uploadFolder(root, key, id);
  try {
    await inNewFile(join(folder, incomingFile(id)), async (file, path) => {
      const writer = new PartWriter(file);
      await pipeline(new ExactBody(body, sizeBytes), writer, signal ? { signal } : {});
      const part = { partNumber: 1, etag: writer.etag(), sizeBytes };
      await rename(path, join(folder, partFile(id, part.partNumber, part.etag)));
      await Promise.all([file.sync(), writeManifest(folder, id, part), syncAbove()]);
    });
    await renameToObject(root, key, id);
    await syncFolder(keyFolder(root, key));
  } catch (error) {
    await abortUpload(root, key, id).catch(() => undefined);
    throw errorCode(error) === 'ENOENT' ? await uploadLost(root, error) : error;
  }
}

/** With the names of both files. Nobody reads a manifest before the folder has the name of an object. */
function writeManifest(folder: string, id: MultipartUploadId, part: CompletedPart): Promise<void> {
  return inNewFile(join(folder, MANIFEST_FILE), async (file) => {
    await file.writeFile(JSON.stringify(makeManifest(id, [part])));
    await Promise.all([file.sync(), syncFolder(folder)]);
  });
}

async function inNewFile(
  path: string,
  write: (file: FileHandle, path: string) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await write(file, path);
  } finally {
    await file.close();
  }
}
