import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type ObjectStore, openObjectStore } from '@imgsrv/cas';
import { s3ServiceOf } from '../support/s3-service.js';
import { SILENT } from './auth-database.js';

/** A new bucket of the S3 service that the environment names, the store in it, and its owner, who may do anything there. */
export async function openOwnBucket(
  purpose: string,
): Promise<{ readonly store: ObjectStore; readonly owner: S3Client; readonly bucket: string }> {
  const { endpoint, accessKeyId, secretAccessKey } = s3ServiceOf(process.env);
  const credentials = { accessKeyId, secretAccessKey };
  const owner = new S3Client({
    endpoint: `http://${endpoint}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  });
  const bucket = `imgsrv-${purpose}-${randomUUID()}`;
  await owner.send(new CreateBucketCommand({ Bucket: bucket }));
  const settings = {
    endpoint,
    bucket,
    ...credentials,
    region: 'us-east-1',
    useTls: false,
    pathStyle: true,
    keyFiles: [],
    readKeysAgain: () => credentials,
  };
  const store = openObjectStore({ s3: settings }, SILENT);
  if (store === undefined) throw new Error('there is no store');
  return { store, owner, bucket };
}
