import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { answeredError, storeUnavailable } from './s3-errors.js';

export interface CheckedBucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly timeoutMs: number;
}

/** Resolves when the bucket is there and the keys may use it. Rejects with DependencyUnavailableError, which says why. */
export async function requireBucket(checked: CheckedBucket): Promise<void> {
  const { client, bucket, timeoutMs } = checked;
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }), {
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw storeUnavailable(answeredError(error) === undefined ? error : await nameRefusal(checked, error));
  }
}

/** The answer to HEAD has no body with the code of the error; the one to a list has. */
async function nameRefusal({ client, bucket, timeoutMs }: CheckedBucket, refusal: unknown): Promise<unknown> {
  const command = new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 });
  try {
    await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    return refusal;
  } catch (error) {
    return answeredError(error) === undefined ? refusal : error;
  }
}
