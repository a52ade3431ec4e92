import { addAbortSignal, type Readable } from 'node:stream';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { hexOf } from '../../digest.js';
import { ExactBody } from '../exact-body.js';
import type { PutObject } from '../object-store.js';
import { storeUnavailable } from './s3-errors.js';
import { StallTimer } from './stall-timer.js';

interface PutTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly stallMs: number;
}

/**
 * One attempt to stream `body` to the store as a whole object. The announced digest is what the request signs as its
 * `x-amz-content-sha256`, so that a store that compares refuses all other bytes. When it rejects, the request was ended and
 * `body` destroyed.
 */
export async function sendObject(
  { client, bucket, stallMs }: PutTarget,
  { key, sizeBytes, digest }: PutObject,
  body: Readable,
  signal?: AbortSignal,
): Promise<void> {
  const request = new AbortController();
  const stall = new StallTimer(stallMs, (error) => {
    request.abort(error);
  });
  const exact = new ExactBody(body, sizeBytes, stall);
  exact.once('error', () => {
    request.abort();
  });
  try {
    if (signal) addAbortSignal(signal, exact);
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      ContentLength: sizeBytes,
      ContentType: 'application/octet-stream',
      Body: exact,
    });
    signDigest(command, hexOf(digest));
    await client.send(command, { abortSignal: request.signal });
  } catch (error) {
    const reason: unknown = request.signal.aborted ? request.signal.reason : error;
    // Without this a request that was refused early would go on sending.
    request.abort();
    throw exact.errored ?? storeUnavailable(reason);
  } finally {
    stall.stop();
    exact.destroy();
  }
}

/** The signer takes a header that is there for the hash of the body, which it could not know of a stream. */
function signDigest(command: PutObjectCommand, hex: string): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (isRequest(request)) {
        request.headers['x-amz-content-sha256'] = hex;
      }
      return next(args);
    },
    { step: 'build', name: 'signAnnouncedDigest' },
  );
}

function isRequest(request: unknown): request is { readonly headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request;
}
