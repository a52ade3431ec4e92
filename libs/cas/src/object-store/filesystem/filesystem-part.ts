import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExactBody } from '../exact-body.js';
import type { DiscardedPart, PutPart, StoredPart } from '../object-store.js';
import { requirePartInLimits } from '../part-limits.js';
import { errorCode, FILE_MODE, syncFolder } from './durable-files.js';
import { uploadLost } from './filesystem-uploads.js';
import { isEtag } from './manifest.js';
import { incomingFile, isUploadId, partFile, uploadFolder } from './object-folders.js';
import { PartWriter } from './part-writer.js';

/** Writes the part beside the others under a name of its own, and gives it its real name when it is durable. */
export async function putUploadPart(
  root: string,
  part: PutPart,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<StoredPart> {
  requirePartInLimits(part);
  const { key, uploadId, partNumber } = part;
  if (!isUploadId(uploadId)) throw await uploadLost(root, undefined);
  const folder = uploadFolder(root, key, uploadId);
  const incoming = join(folder, incomingFile(uploadId));
  let handle: FileHandle | undefined;
  try {
    handle = await open(incoming, 'wx', FILE_MODE);
    const writer = new PartWriter(handle);
    const exact = new ExactBody(body, part.sizeBytes);
    await pipeline(exact, writer, signal ? { signal } : {});
    await handle.sync();
    await handle.close();
    const etag = writer.etag();
    await rename(incoming, join(folder, partFile(uploadId, partNumber, etag)));
    await syncFolder(folder);
    return { etag, sizeBytes: exact.receivedBytes };
  } catch (error) {
    await handle?.close();
    await rm(incoming, { force: true });
    throw errorCode(error) === 'ENOENT' ? await uploadLost(root, error) : error;
  }
}

/** Only in the folder of the open upload: once it is an object, its manifest says which files it needs. */
export async function discardUploadPart(root: string, part: DiscardedPart): Promise<void> {
  const { key, uploadId, partNumber, etag } = part;
  if (!isUploadId(uploadId) || !isEtag(etag)) return;
  await rm(join(uploadFolder(root, key, uploadId), partFile(uploadId, partNumber, etag)), { force: true });
}
