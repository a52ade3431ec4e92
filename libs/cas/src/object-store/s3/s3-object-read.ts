import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { NoSuchObjectError } from '../object-store.errors.js';
import type { ByteRange, ObjectRead } from '../object-store.js';
import { requireRangeInside } from '../range-limits.js';
import { answeredError, storeUnavailable } from './s3-errors.js';
import { S3ObjectBody } from './s3-object-body.js';

interface S3Read {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal | undefined;
  readonly stallMs: number;
}

/** `ObjectStore.openRead`. Nothing of the body is read before the caller reads. */
export async function openS3Object(read: S3Read): Promise<ObjectRead> {
  if (read.range) requireRangeInside(read.range);
  const answer = await get(read);
  const source = answer.Body;
  if (!(source instanceof Readable)) throw storeUnavailable(new Error('The answer has no body.'));
  const sizeBytes = promisedBytes(answer, read.range);
  if (sizeBytes === undefined) {
    source.destroy();
    throw storeUnavailable(new Error('The answer does not carry the bytes asked for.'));
  }
  const body = new S3ObjectBody(source, sizeBytes, read.stallMs);
  if (read.signal) addAbortSignal(read.signal, body);
  return { sizeBytes, body };
}

async function get({ client, bucket, key, range, signal }: S3Read): Promise<GetObjectCommandOutput> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
  });
  try {
    return await client.send(command, signal ? { abortSignal: signal } : {});
  } catch (error) {
    if (signal?.aborted) throw error;
    const answered = answeredError(error);
    if (answered === 'NoSuchKey') {
      throw new NoSuchObjectError({ cause: error });
    }
    if (answered === 'InvalidRange') {
      throw new RangeError('The range does not lie inside the object.', { cause: error });
    }
    throw storeUnavailable(error);
  }
}

/** The size of the body, or undefined when the answer does not say it or is to another question. */
function promisedBytes(answer: GetObjectCommandOutput, range?: ByteRange): number | undefined {
  if (!range) return answer.ContentRange === undefined ? answer.ContentLength : undefined;
  const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(answer.ContentRange ?? '') ?? [];
  if (start === undefined || Number(start) !== range.start) return undefined;
  // A store cuts a range that goes past the end of the object.
  requireRangeInside(range, Number(end) + 1);
  return answer.ContentLength === range.end - range.start + 1 ? answer.ContentLength : undefined;
}
