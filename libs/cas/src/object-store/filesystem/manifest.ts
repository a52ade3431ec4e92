import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompletedPart } from '../object-store.js';
import { errorCode } from './durable-files.js';
import { DamagedObjectError } from '../object-store.errors.js';
import { isUploadId, MANIFEST_FILE } from './object-folders.js';

/** What an object is made of. It lies in the folder with the parts, so that both appear and vanish by one rename. */
export interface Manifest {
  readonly uploadId: string;
  readonly sizeBytes: number;
  /** In the order of the bytes. */
  readonly parts: readonly CompletedPart[];
}

export function makeManifest(uploadId: string, unordered: readonly CompletedPart[]): Manifest {
  const parts = unordered
    .map(({ partNumber, etag, sizeBytes }) => ({ partNumber, etag, sizeBytes }))
    .sort((a, b) => a.partNumber - b.partNumber);
  return { uploadId, sizeBytes: totalBytes(parts), parts };
}

/** The manifest in `folder`, or undefined when there is none. */
export async function findManifest(folder: string): Promise<Manifest | undefined> {
  let content: string;
  try {
    content = await readFile(join(folder, MANIFEST_FILE), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parseManifest(JSON.parse(content));
  } catch (error) {
    throw new DamagedObjectError('A manifest cannot be read.', error);
  }
}

export function sameParts(one: Manifest, other: Manifest): boolean {
  return JSON.stringify(one.parts) === JSON.stringify(other.parts);
}

/** Only what `PartWriter` makes is an etag: it becomes part of a file name. */
export function isEtag(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

function parseManifest(value: unknown): Manifest {
  const { uploadId, parts } = value as { uploadId?: unknown; parts?: unknown };
  if (typeof uploadId !== 'string' || !isUploadId(uploadId)) throw new TypeError('Not an upload id.');
  if (!Array.isArray(parts)) throw new TypeError('Not a list of parts.');
  const parsed = parts.map(parsePart);
  return { uploadId, sizeBytes: totalBytes(parsed), parts: parsed };
}

function parsePart(value: unknown): CompletedPart {
  const { partNumber, etag, sizeBytes } = value as Partial<Record<keyof CompletedPart, unknown>>;
  if (typeof etag !== 'string' || !isEtag(etag)) throw new TypeError('Not an etag.');
  return { partNumber: parseCount(partNumber), etag, sizeBytes: parseCount(sizeBytes) };
}

function parseCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new TypeError('Not a count.');
  return value;
}

function totalBytes(parts: readonly CompletedPart[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}
