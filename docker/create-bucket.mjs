// Makes the bucket that the settings name, for compose.yaml, whose store begins empty. Safe to repeat.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';

const { parseCommandLine } = await import(new URL('../dist/libs/platform/src/index.js', import.meta.url));
const { s3 } = parseCommandLine('api', process.argv.slice(2)).config;
const client = new S3Client({
  endpoint: `${s3.useTls ? 'https' : 'http'}://${s3.endpoint}`,
  region: s3.region,
  forcePathStyle: s3.pathStyle,
  credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
});
const isThere = await client.send(new HeadBucketCommand({ Bucket: s3.bucket })).then(
  () => true,
  () => false,
);
if (!isThere) await client.send(new CreateBucketCommand({ Bucket: s3.bucket }));
console.log(`bucket ${s3.bucket} ${isThere ? 'was there' : 'created'}`);
