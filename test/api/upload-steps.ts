import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type Digest,
  Ingest,
  type ObjectStore,
  parseDigest,
  type UploadSession,
  type Uploads,
} from '@imgsrv/cas';
import type { JobId } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { runningJob } from './running-job.js';

/** The steps of an upload in this process, without an api or a worker. */

/** Looks at nothing. */
export const INSPECTOR = { headerBytes: 0, inspect: () => ({ detectedFormat: 'unknown' }) };

export function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/** Sends the bytes as one part, and completes the upload. */
export async function sendWhole(
  uploads: Uploads,
  { id }: UploadSession,
  bytes: Buffer,
): Promise<UploadSession> {
  const incoming = { partNumber: 1, sizeBytes: bytes.length, announced: [] };
  const { signal } = new AbortController();
  const part = await uploads.putPart(id, incoming, () => Readable.from([bytes]), signal);
  return uploads.complete(id, [part]);
}

/** Verifies a completed upload as a worker does. `onDiffered` is told of one that was read twice and was not the same. */
export function ingest(
  { database, store }: { readonly database: Database; readonly store: ObjectStore },
  { id }: UploadSession,
  onDiffered: (session: UploadSession) => void = () => undefined,
): Promise<UploadSession | undefined> {
  const job = runningJob(database, randomUUID() as string as JobId, { uploadId: id });
  return new Ingest(store, INSPECTOR, { readsDiffered: onDiffered }).run(job);
}
