import { createHash } from 'node:crypto';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { PROBE_PREFIX } from '../../object-keys.js';
import { createS3Clients, destroyClients } from './s3-clients.js';
import { answeredError, answeredStatus, storeUnavailable } from './s3-errors.js';
import { DEFAULT_S3_TIMEOUTS, type S3StoreSettings, type S3Timeouts } from './s3-settings.js';

/** One name each for all time: however many probes are cut off, these two small objects are all that can be left. */
const SIGNED_KEY = `${PROBE_PREFIX}signed-digest/as-signed`;
const OTHER_KEY = `${PROBE_PREFIX}signed-digest/not-as-signed`;

const SIGNED_BYTES = Buffer.from('what was signed');
const OTHER_BYTES = Buffer.from('something other');

/**
 * Whether the store refuses a PutObject whose body is not the one that `x-amz-content-sha256` was signed for, and
 * keeps nothing of it. Only then may the digest of a body that is sent in one request be left to the store.
 *
 * Writes two small objects under `PROBE_PREFIX` and removes them. Safe to repeat and to run many times at once. Rejects
 * with DependencyUnavailableError when that could not be found out: the store is away, or the keys may not write there.
 */
export async function enforcesSignedDigest(
  settings: S3StoreSettings,
  timeouts: Partial<S3Timeouts> = {},
): Promise<boolean> {
  const bounded = { ...DEFAULT_S3_TIMEOUTS, ...timeouts };
  const clients = createS3Clients(settings, bounded);
  try {
    return await probeSignedDigest(clients.calls, settings.bucket, bounded.callMs);
  } finally {
    destroyClients(clients);
  }
}

/** As `enforcesSignedDigest`, by a client that is there. */
export async function probeSignedDigest(
  client: S3Client,
  bucket: string,
  timeoutMs: number,
): Promise<boolean> {
  try {
    return await probe(new ProbedBucket(client, bucket, timeoutMs));
  } catch (error) {
    throw storeUnavailable(error);
  }
}

async function probe(bucket: ProbedBucket): Promise<boolean> {
  try {
    // A store that refuses this too says nothing of the other.
    await bucket.put(SIGNED_KEY, SIGNED_BYTES);
    return (await bucket.refuses(OTHER_KEY, OTHER_BYTES)) && !(await bucket.has(OTHER_KEY));
  } finally {
    await Promise.allSettled([SIGNED_KEY, OTHER_KEY].map((key) => bucket.remove(key)));
  }
}

class ProbedBucket {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly timeoutMs: number,
  ) {}

  /** Says in the signature that the body is `SIGNED_BYTES`, whatever it is. */
  async put(key: string, body: Buffer): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body });
    command.middlewareStack.add(
      (next) => (args) => {
        if (HttpRequest.isInstance(args.request)) {
          args.request.headers['x-amz-content-sha256'] = sha256Hex(SIGNED_BYTES);
        }
        return next(args);
      },
      { step: 'build', name: 'signDigestOfProbe' },
    );
    await this.client.send(command, this.bounded());
  }

  async refuses(key: string, body: Buffer): Promise<boolean> {
    try {
      await this.put(key, body);
      return false;
    } catch (error) {
      const status = answeredStatus(error);
      if (status === undefined || status >= 500) throw error;
      return true;
    }
  }

  async has(key: string): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }), this.bounded());
      return true;
    } catch (error) {
      if (answeredError(error) === 'NotFound') return false;
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }), this.bounded());
  }

  private bounded(): { abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.timeoutMs) };
  }
}

function sha256Hex(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
