import { addAbortSignal, type Readable } from 'node:stream';
import { type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { ExactBody } from '../exact-body.js';
import type { PutPart, StoredPart } from '../object-store.js';
import { requirePartInLimits } from '../part-limits.js';
import { answeredError, requireAnswered, storeUnavailable, uploadLost } from './s3-errors.js';
import { StallTimer } from './stall-timer.js';

export interface SizedPart extends PutPart {
  readonly sizeBytes: number;
}

interface PartTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly stallMs: number;
}

/** One attempt to stream `body` to the store. When it rejects, the request was ended and `body` destroyed. */
export async function sendPart(
  { client, bucket, stallMs }: PartTarget,
  part: SizedPart,
  body: Readable,
  signal?: AbortSignal,
): Promise<StoredPart> {
  const request = new AbortController();
  const stall = new StallTimer(stallMs, (error) => {
    request.abort(error);
  });
  const exact = new ExactBody(body, part.sizeBytes, stall);
  exact.once('error', () => {
    request.abort();
  });
  try {
    requirePartInLimits(part);
    if (signal) addAbortSignal(signal, exact);
    const command = new UploadPartCommand({
      Bucket: bucket,
      Key: part.key,
      UploadId: part.uploadId,
      PartNumber: part.partNumber,
      ContentLength: part.sizeBytes,
      Body: exact,
    });
    const answer = await client.send(command, { abortSignal: request.signal });
    return { etag: requireAnswered(answer.ETag).replaceAll('"', ''), sizeBytes: part.sizeBytes };
  } catch (error) {
    const reason: unknown = request.signal.aborted ? request.signal.reason : error;
    // Without this a request that was refused early would go on sending.
    request.abort();
    if (exact.errored) throw exact.errored;
    if (error instanceof RangeError) throw error;
    if (answeredError(error) === 'NoSuchUpload') throw uploadLost(error);
    throw storeUnavailable(reason);
  } finally {
    stall.stop();
    exact.destroy();
  }
}
