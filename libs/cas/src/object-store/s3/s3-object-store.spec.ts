import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describeObjectStoreContract } from '../object-store.contract.js';
import { createS3ObjectStore } from './s3-object-store.js';
import type { S3StoreSettings } from './s3-settings.js';

const settings = settingsFromEnvironment();

if (settings) {
  describeObjectStoreContract('S3', async () => {
    await makeBucket(settings);
    return createS3ObjectStore(settings);
  });
} else {
  it.skip('object store contract: S3 (skipped: IMGSRV_TEST_S3_ENDPOINT, _BUCKET, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY are not set)', () =>
    undefined);
}

function settingsFromEnvironment(): S3StoreSettings | undefined {
  const {
    IMGSRV_TEST_S3_ENDPOINT: endpoint,
    IMGSRV_TEST_S3_BUCKET: bucket,
    IMGSRV_TEST_S3_ACCESS_KEY_ID: accessKeyId,
    IMGSRV_TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = process.env;
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) return undefined;
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
