import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describeWith } from '../../../../../test/fixtures/requirement.js';
import { describeCauses } from '@imgsrv/platform';
import { digestOfHex } from '../../digest.js';
import { newGenerationKey } from '../../object-keys.js';
import { describeObjectStoreContract } from '../object-store.contract.js';
import { createS3ObjectStore } from './s3-object-store.js';
import type { S3StoreSettings } from './s3-settings.js';

describeWith('s3', 'the S3 driver', () => {
  describeObjectStoreContract('S3', async () => {
    const settings = settingsFromEnvironment();
    await makeBucket(settings);
    return createS3ObjectStore(settings);
  });

  it('lets the store refuse bytes of another digest, and knows that it does', async () => {
    const settings = settingsFromEnvironment();
    await makeBucket(settings);
    const store = createS3ObjectStore(settings);
    try {
      const bytes = randomBytes(1000);
      const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
      const [right, wrong] = [newGenerationKey(digest), newGenerationKey(digest)];
      const put = (key: string, body: Buffer) =>
        store.putObject({ key, sizeBytes: 1000, digest }, Readable.from([body]));
      expect(await put(right, bytes)).toEqual({ isCompared: true });
      await expect(put(wrong, randomBytes(1000))).rejects.toThrow();
      expect(await store.head(wrong)).toBeUndefined();
    } finally {
      await store.close();
    }
  });

  describe('tells the log what the store answered', () => {
    const reasonOf = async (settings: S3StoreSettings): Promise<string> => {
      const store = createS3ObjectStore(settings);
      try {
        return await store.check().then(() => 'it passes', describeCauses);
      } finally {
        await store.close();
      }
    };

    it.each<[string, Partial<S3StoreSettings>, string]>([
      ['a wrong secret', { secretAccessKey: 'wrong' }, '403 SignatureDoesNotMatch'],
      ['an unknown key', { accessKeyId: 'nobody' }, '403 InvalidAccessKeyId'],
      ['a missing bucket', { bucket: 'there-is-no-such-bucket' }, '404 NoSuchBucket'],
    ])('of %s', async (_what, wrong, expected) => {
      expect(await reasonOf({ ...settingsFromEnvironment(), ...wrong })).toContain(
        `the store answered ${expected}`,
      );
    });
  });
});

function settingsFromEnvironment(): S3StoreSettings {
  const {
    IMGSRV_TEST_S3_ENDPOINT: endpoint,
    IMGSRV_TEST_S3_BUCKET: bucket,
    IMGSRV_TEST_S3_ACCESS_KEY_ID: accessKeyId,
    IMGSRV_TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = process.env;
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) throw new Error('no S3 service is named');
  return { endpoint, bucket, accessKeyId, secretAccessKey, useTls: false, pathStyle: true };
}

async function makeBucket({
  endpoint,
  bucket,
  accessKeyId,
  secretAccessKey,
}: S3StoreSettings): Promise<void> {
  const client = new S3Client({
    endpoint: `http://${endpoint}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  });
  client.destroy();
}
