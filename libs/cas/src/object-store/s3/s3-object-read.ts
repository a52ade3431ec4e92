import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { NoSuchObjectError } from '../object-store.errors.js';
import type { ByteRange, ObjectRead } from '../object-store.js';
import { requireRangeInside } from '../range-limits.js';
import type { PlainReads } from './plain-reads.js';
import { answeredError, storeUnavailable } from './s3-errors.js';
import { S3ObjectBody } from './s3-object-body.js';

interface S3Read {
  readonly client: S3Client;
  readonly plain: PlainReads | undefined;
  readonly bucket: string;
  readonly key: string;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal | undefined;
  readonly stallMs: number;
}

/** `ObjectStore.openRead`. Nothing of the body is read before the caller reads. */
export async function openS3Object(read: S3Read): Promise<ObjectRead> {
  if (read.range) requireRangeInside(read.range);
  const opened = (await openPlainly(read)) ?? (await openBySdk(read));
  if (read.signal) addAbortSignal(read.signal, opened.body);
  return opened;
}

/** Undefined when the store gave no plain answer: whatever it is, the SDK knows what to make of it. */
async function openPlainly({ plain, key, range, signal }: S3Read): Promise<ObjectRead | undefined> {
  const answer = await plain?.get({ key, range, signal }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    return undefined;
  });
  if (answer === undefined) return undefined;
  const { head, body } = answer;
  const said = { ContentLength: head.sizeBytes, ContentRange: head.headers['content-range'] };
  return { sizeBytes: requirePromised(said, range, body), body };
}

async function openBySdk(read: S3Read): Promise<ObjectRead> {
  const answer = await get(read);
  const source = answer.Body;
  if (!(source instanceof Readable)) throw storeUnavailable(new Error('The answer has no body.'));
  const sizeBytes = requirePromised(answer, read.range, source);
  return { sizeBytes, body: new S3ObjectBody(source, sizeBytes, read.stallMs) };
}

type SaidOfBody = Pick<GetObjectCommandOutput, 'ContentLength' | 'ContentRange'>;

/** The size of the body, which is destroyed when the answer does not say it or is to another question. */
function requirePromised(answer: SaidOfBody, range: ByteRange | undefined, body: Readable): number {
  const sizeBytes = promisedBytes(answer, range);
  if (sizeBytes === undefined) {
    body.destroy();
    throw storeUnavailable(new Error('The answer does not carry the bytes asked for.'));
  }
  return sizeBytes;
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
function promisedBytes(answer: SaidOfBody, range?: ByteRange): number | undefined {
  if (!range) return answer.ContentRange === undefined ? answer.ContentLength : undefined;
  const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(answer.ContentRange ?? '') ?? [];
  if (start === undefined || Number(start) !== range.start) return undefined;
  // A store cuts a range that goes past the end of the object.
  requireRangeInside(range, Number(end) + 1);
  return answer.ContentLength === range.end - range.start + 1 ? answer.ContentLength : undefined;
}
