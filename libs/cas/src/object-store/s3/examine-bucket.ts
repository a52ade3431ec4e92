import {
  GetBucketLifecycleConfigurationCommand,
  HeadBucketCommand,
  type LifecycleRule,
  PutObjectCommand,
  DeleteObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describeCauses, type Finding, ok, problem, warning } from '@imgsrv/platform';
import { PROBE_PREFIX } from '../../object-keys.js';
import { dangersOf } from './lifecycle-rules.js';
import { createS3Clients, destroyClients } from './s3-clients.js';
import { answeredError, answeredStatus } from './s3-errors.js';
import { DEFAULT_S3_TIMEOUTS, type S3StoreSettings } from './s3-settings.js';
import { enforcesSignedDigest } from './signed-digest-probe.js';

/** S3 refuses requests that are signed more than 15 minutes off. */
const REFUSED_SKEW_MS = 15 * 60_000;
const LARGEST_SKEW_MS = 60_000;
const MD5_KEY = `${PROBE_PREFIX}content-md5`;
const CONDITION_KEY = `${PROBE_PREFIX}if-none-match`;

/** What only S3 has: checksums, conditions, rules of the bucket, and a clock. Writes below `PROBE_PREFIX`, and removes that. */
export async function examineBucket(settings: S3StoreSettings): Promise<readonly Finding[]> {
  const clients = createS3Clients(settings, DEFAULT_S3_TIMEOUTS);
  const bucket = new ExaminedBucket(clients.calls, settings.bucket);
  try {
    return [
      await signedDigests(settings),
      await contentMd5(bucket),
      await conditions(bucket),
      await rules(bucket),
      await clock(bucket),
    ];
  } finally {
    await Promise.allSettled([MD5_KEY, CONDITION_KEY].map((key) => bucket.remove(key)));
    destroyClients(clients);
  }
}

async function signedDigests(settings: S3StoreSettings): Promise<Finding> {
  const check = 'store: signed digests';
  try {
    return (await enforcesSignedDigest(settings))
      ? ok(check, 'A body that is not the signed one is refused.')
      : warning(
          check,
          'A body that is not the signed one is kept.',
          'No bytes are at risk: workers hash all. A proxy or store that checks them notices damage sooner.',
        );
  } catch (error) {
    return warning(
      check,
      describeCauses(error),
      `The keys need all rights below ${PROBE_PREFIX} to find this out.`,
    );
  }
}

async function contentMd5(bucket: ExaminedBucket): Promise<Finding> {
  const check = 'store: Content-MD5';
  const wrong = Buffer.alloc(16).toString('base64');
  const status = await bucket.put(MD5_KEY, { ContentMD5: wrong });
  return status === 400
    ? ok(check, 'A body with another MD5 is refused.')
    : warning(check, `A body with another MD5 is answered with ${status}.`, 'imgsrv does not rely on it.');
}

async function conditions(bucket: ExaminedBucket): Promise<Finding> {
  const check = 'store: conditional writes';
  await bucket.put(CONDITION_KEY, {});
  const status = await bucket.put(CONDITION_KEY, { IfNoneMatch: '*' });
  return ok(
    check,
    status === 412 ? 'An object is not written over.' : `They are not supported (${status}), nor needed.`,
  );
}

async function rules(bucket: ExaminedBucket): Promise<Finding> {
  const check = 'store: lifecycle rules';
  try {
    const dangers = dangersOf(await bucket.rules());
    const [worst] = [...dangers].sort((a, b) => Number(b.isLoss) - Number(a.isLoss));
    if (worst === undefined) return ok(check, 'None of them touches what is ours.');
    const detail = dangers.map(({ what }) => what).join(' ');
    return worst.isLoss
      ? problem(check, detail, 'Take blobs/ and records/ out of the rule: only imgsrv knows what is needed.')
      : warning(check, detail, 'Let it wait for longer than --upload-max-age.');
  } catch (error) {
    return warning(
      check,
      `They cannot be read: ${describeCauses(error)}.`,
      'Look yourself that no rule expires objects below blobs/ and records/.',
    );
  }
}

async function clock(bucket: ExaminedBucket): Promise<Finding> {
  const check = 'store: clock';
  const beganAtMs = Date.now();
  const told = await bucket.time();
  if (told === undefined) return warning(check, 'The store tells no time.', 'Compare its clock yourself.');
  const skewMs = Math.abs(told - (beganAtMs + Date.now()) / 2);
  const detail = `It differs from the one here by ${Math.round(skewMs / 1000)} s.`;
  if (skewMs <= LARGEST_SKEW_MS) return ok(check, detail);
  const advice = 'Set the clocks: S3 refuses what is signed more than 15 minutes off.';
  return skewMs > REFUSED_SKEW_MS ? problem(check, detail, advice) : warning(check, detail, advice);
}

class ExaminedBucket {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** The status of the answer; 0 when there was none. */
  async put(
    key: string,
    more: { readonly ContentMD5?: string; readonly IfNoneMatch?: string },
  ): Promise<number> {
    const command = new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: Buffer.from(key), ...more });
    try {
      return (await this.client.send(command, bounded())).$metadata.httpStatusCode ?? 0;
    } catch (error) {
      return answeredStatus(error) ?? 0;
    }
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }), bounded());
  }

  async rules(): Promise<readonly LifecycleRule[]> {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: this.bucket });
    try {
      return (await this.client.send(command, bounded())).Rules ?? [];
    } catch (error) {
      if (answeredError(error) === 'NoSuchLifecycleConfiguration') return [];
      throw error;
    }
  }

  /** Milliseconds since 1970, as the `Date` of an answer says. */
  async time(): Promise<number | undefined> {
    const command = new HeadBucketCommand({ Bucket: this.bucket });
    let date: string | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        date = dateOf(result.response);
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'readDate' },
    );
    await this.client.send(command, bounded()).catch(() => undefined);
    const told = Date.parse(date ?? '');
    return Number.isNaN(told) ? undefined : told;
  }
}

function dateOf(response: unknown): string | undefined {
  const headers = (response as { readonly headers?: Readonly<Record<string, string>> }).headers ?? {};
  return headers.date;
}

function bounded(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(DEFAULT_S3_TIMEOUTS.callMs) };
}
