import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { UUID_PATTERN } from '@imgsrv/platform';

/*
 * <dir>/objects/<key>/_object/            the readable object: manifest.json and the parts it names
 *                    /_upload-<id>/       a multipart upload: parts, perhaps a manifest not yet published
 *                    /_removed-<id>/      being deleted
 *                    /<segment>/…         longer keys
 *
 * Keys hold no `_`, so a key never meets one of these names.
 */

export const OBJECT_FOLDER = '_object';
export const MANIFEST_FILE = 'manifest.json';

const UPLOAD_PREFIX = '_upload-';
const REMOVED_PREFIX = '_removed-';
const KEY = /^[a-z0-9-]{1,200}(?:\/[a-z0-9-]{1,200}){0,31}$/;
const PREFIX = /^(?:[a-z0-9-]{1,200}\/){0,31}[a-z0-9-]{0,200}$/;

/** The only place where a path is made of what a caller gave: nothing that passes here leads out of the root. */
export function keyFolder(root: string, key: string): string {
  if (!KEY.test(key)) throw new RangeError('An object key is made of [a-z0-9-] segments joined by "/".');
  return join(root, ...key.split('/'));
}

/** Splits a prefix into the folder that holds every key with it and the start of the next segment. */
export function prefixFolder(root: string, prefix: string): { folder: string; keys: string; start: string } {
  if (!PREFIX.test(prefix)) throw new RangeError('A key prefix is made of [a-z0-9-] segments joined by "/".');
  const segments = prefix.split('/');
  const start = segments.pop() ?? '';
  return { folder: join(root, ...segments), keys: segments.map((segment) => `${segment}/`).join(''), start };
}

export function isUploadId(id: string): boolean {
  return UUID_PATTERN.test(id);
}

/**
 * The upload of an object that comes in one request: it has the name of the generation, so that whoever removes the object finds
 * what was left of it. Undefined for a key that does not end in one.
 */
export function wholeUploadId(key: string): string | undefined {
  const generation = key.slice(key.lastIndexOf('/') + 1);
  return isUploadId(generation) ? generation : undefined;
}

export function uploadFolder(root: string, key: string, id: string): string {
  return join(keyFolder(root, key), `${UPLOAD_PREFIX}${id}`);
}

export function objectFolder(root: string, key: string): string {
  return join(keyFolder(root, key), OBJECT_FOLDER);
}

export function removedFolder(root: string, key: string, id: string): string {
  return join(keyFolder(root, key), `${REMOVED_PREFIX}${id}`);
}

/** The id in the name of a folder that holds an unfinished upload or the rest of a removal. */
export function unfinishedId(folderName: string): string | undefined {
  const prefix = [UPLOAD_PREFIX, REMOVED_PREFIX].find((each) => folderName.startsWith(each));
  const id = prefix === undefined ? '' : folderName.slice(prefix.length);
  return isUploadId(id) ? id : undefined;
}

/**
 * Every file beside the manifest ends in the id of its upload, so that tidying up after one upload can never take
 * a file of another, whatever lies in the folder by then.
 */
export function partFile(uploadId: string, partNumber: number, etag: string): string {
  return `${partNumber}-${etag}-${uploadId}`;
}

/** A name of its own for a file that is being written. */
export function incomingFile(uploadId: string): string {
  return `incoming-${randomUUID()}-${uploadId}`;
}

export function isFileOf(uploadId: string, file: string): boolean {
  return file.endsWith(`-${uploadId}`);
}
