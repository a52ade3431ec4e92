import { randomUUID } from 'node:crypto';
import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PartMismatchError } from '../object-store.errors.js';
import type { CompletedPart, MultipartUploadId } from '../object-store.js';
import { errorCode, ignoring, replaceFile, syncFolder } from './durable-files.js';
import { removeUnnamed, uploadLost } from './filesystem-uploads.js';
import { findManifest, isEtag, makeManifest, type Manifest, sameParts } from './manifest.js';
import {
  incomingFile,
  isUploadId,
  keyFolder,
  MANIFEST_FILE,
  objectFolder,
  partFile,
  removedFolder,
  uploadFolder,
} from './object-folders.js';

/** `ObjectStore.completeMultipartUpload`: no byte of a part is moved; the upload's folder becomes the object. */
export async function completeUpload(
  root: string,
  key: string,
  uploadId: MultipartUploadId,
  parts: readonly CompletedPart[],
): Promise<void> {
  if (!isUploadId(uploadId)) throw await uploadLost(root, undefined);
  const wanted = makeManifest(uploadId, parts);
  const object = objectFolder(root, key);
  if (!(await isPublished(object, uploadId))) {
    try {
      await verifyParts(uploadFolder(root, key, uploadId), wanted);
      await publish(root, key, wanted);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      // The folder is gone: an abort was faster, or the same complete elsewhere.
      if (!(await isPublished(object, uploadId))) throw await uploadLost(root, error);
    }
  }
  // Also when published before: the process that did it may have died right after the rename.
  await syncFolder(keyFolder(root, key)).catch(ignoring('ENOENT'));
  const published = await findManifest(object);
  if (published?.uploadId !== uploadId) return;
  if (!sameParts(published, wanted)) {
    throw new PartMismatchError('The upload was completed with other parts.');
  }
  await removeUnnamed(object, published);
}

async function isPublished(object: string, uploadId: string): Promise<boolean> {
  return (await findManifest(object))?.uploadId === uploadId;
}

async function verifyParts(folder: string, { uploadId, parts }: Manifest): Promise<void> {
  if (parts.length === 0) throw new PartMismatchError('An object has at least one part.');
  const present = new Set(await readdir(folder));
  let previous = 0;
  for (const { partNumber, etag, sizeBytes } of parts) {
    if (partNumber <= previous) throw new PartMismatchError(`Part ${partNumber} is named twice.`);
    previous = partNumber;
    const file = partFile(uploadId, partNumber, etag);
    if (!isEtag(etag) || !present.has(file))
      throw new PartMismatchError(`Part ${partNumber} is not in the store.`);
    const found = await lstat(join(folder, file));
    if (!found.isFile() || found.size !== sizeBytes) {
      throw new PartMismatchError(`Part ${partNumber} has not the size named.`);
    }
  }
}

/** Everything is durable before the rename, so whatever is readable is whole. */
async function publish(root: string, key: string, manifest: Manifest): Promise<void> {
  const upload = uploadFolder(root, key, manifest.uploadId);
  const temporary = join(upload, incomingFile(manifest.uploadId));
  await replaceFile(join(upload, MANIFEST_FILE), temporary, JSON.stringify(manifest));
  await renameToObject(root, key, manifest.uploadId);
}

/** From this instant the object is readable. An object that another upload made at this key before is replaced. */
export async function renameToObject(root: string, key: string, uploadId: string): Promise<void> {
  const upload = uploadFolder(root, key, uploadId);
  const object = objectFolder(root, key);
  try {
    await rename(upload, object);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    await rename(object, removedFolder(root, key, randomUUID())).catch(ignoring('ENOENT'));
    await rename(upload, object);
  }
}
