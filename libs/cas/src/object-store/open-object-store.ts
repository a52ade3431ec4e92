import { DependencyUnavailableError, type Logger, type S3Config } from '@imgsrv/platform';
import { createFilesystemObjectStore } from './filesystem/filesystem-object-store.js';
import type { ObjectStore } from './object-store.js';
import { createS3ObjectStore } from './s3/s3-object-store.js';

/** The store that the settings name, or undefined when they name none. Keys in files are followed. */
export function openObjectStore(
  settings: { readonly s3?: S3Config; readonly storageDir?: string },
  logger: Logger,
): ObjectStore | undefined {
  const { s3, storageDir } = settings;
  if (s3 !== undefined) {
    const keys = { files: s3.keyFiles, read: s3.readKeysAgain, logger };
    return createS3ObjectStore(s3, {}, s3.keyFiles.length === 0 ? undefined : keys);
  }
  return storageDir === undefined ? undefined : createFilesystemObjectStore({ dir: storageDir });
}

/** Stands in where no store is configured: every use rejects with DependencyUnavailableError. */
export class UnconfiguredObjectStore implements ObjectStore {
  createMultipartUpload = refuse;
  putPart = refuse;
  putObject = refuse;
  discardPart = refuse;
  completeMultipartUpload = refuse;
  abortMultipartUpload = refuse;
  head = refuse;
  openRead = refuse;
  delete = refuse;
  check = refuse;
  list = refuseToList;
  listMultipartUploads = refuseToList;

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new DependencyUnavailableError('object-store', { reason: 'not configured' }));
}

async function* refuseToList(): AsyncGenerator<never> {
  yield await refuse();
}
