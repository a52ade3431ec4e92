import { fillPath } from '../api-call.js';
import { readAll } from '../http/http-transport.js';
import type { ImgsrvClient } from '../imgsrv-client.js';
import { isProblem, ProblemError } from '../problem.error.js';
import { countedBody } from './counted-body.js';
import { UploadRefusedError } from './upload.errors.js';
import type { UploadOptions, UploadReport, UploadSource } from './upload-file.js';

const MAX_ANSWER_BYTES = 64 * 1024;
/** A file up to this size is not worth being resumed. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Servers that take less at once, or do not know the route. */
const IN_PARTS = ['upload-too-large', 'method-not-allowed', 'not-found'];

/** Whether a file is sent in one request rather than in parts. */
export function isSentWhole(
  { sizeBytes }: UploadSource,
  { partSizeBytes = MOST_BYTES }: UploadOptions,
): boolean {
  return sizeBytes <= Math.min(MOST_BYTES, partSizeBytes);
}

/**
 * Sends a file in one request, after which it is verified. The server asks for the bytes, unless it has them. Undefined when it
 * wants them in parts. Rejects with `UploadRefusedError` when they are not those of the digest, also when they come again.
 */
export async function sendWhole(
  client: ImgsrvClient,
  source: UploadSource,
  options: UploadOptions,
): Promise<UploadReport | undefined> {
  try {
    return await sendOnce(client, source, options);
  } catch (error) {
    if (isProblem(error, ...IN_PARTS)) return undefined;
    // They may have been damaged on their way.
    if (!isProblem(error, 'digest-mismatch')) throw error;
  }
  try {
    return await sendOnce(client, source, options);
  } catch (error) {
    throw error instanceof ProblemError && error.code === 'digest-mismatch'
      ? new UploadRefusedError(error.code, error.message)
      : error;
  }
}

async function sendOnce(
  client: ImgsrvClient,
  { file, digest, sizeBytes }: UploadSource,
  { signal, onProgress }: UploadOptions,
): Promise<UploadReport> {
  const incoming = await client.send({
    method: 'PUT',
    path: fillPath('/v1/blobs/{digest}', { digest }),
    headers: {
      accept: 'application/json',
      'content-type': 'application/octet-stream',
      'content-length': String(sizeBytes),
      ...(sizeBytes === 0 ? {} : { expect: '100-continue' }),
    },
    body: () =>
      countedBody(file, { start: 0, end: sizeBytes }, (doneBytes) => {
        onProgress?.({ phase: 'sending', doneBytes });
      }),
    signal,
    isRepeatable: true,
  });
  await readAll(incoming, client.baseUrl.origin, MAX_ANSWER_BYTES);
  return { sentBytes: incoming.statusCode === 201 ? sizeBytes : 0, resumedBytes: 0 };
}
