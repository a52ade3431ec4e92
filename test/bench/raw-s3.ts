import { createReadStream } from 'node:fs';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type Slice, type UploadSource } from '../fixtures/upload-source.js';

interface S3Settings {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The S3 service of IMGSRV_TEST_S3_*, used without imgsrv: the peer that uploads are measured against. */
export class RawS3 {
  readonly origin: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  private readonly client: S3Client;

  private constructor(private readonly settings: S3Settings) {
    this.origin = `http://${settings.endpoint}`;
    this.bucket = settings.bucket;
    this.credentials = { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey };
    this.client = new S3Client({
      endpoint: this.origin,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      credentials: this.credentials,
    });
  }

  /** Undefined when the environment names no S3 service. */
  static fromEnvironment(): RawS3 | undefined {
    const {
      IMGSRV_TEST_S3_ENDPOINT: endpoint,
      IMGSRV_TEST_S3_BUCKET: bucket,
      IMGSRV_TEST_S3_ACCESS_KEY_ID: accessKeyId,
      IMGSRV_TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
    } = process.env;
    return endpoint === undefined ||
      bucket === undefined ||
      accessKeyId === undefined ||
      secretAccessKey === undefined
      ? undefined
      : new RawS3({ endpoint, bucket, accessKeyId, secretAccessKey });
  }

  /** The same service through something that passes requests on from this port. */
  through(port: number): RawS3 {
    return new RawS3({ ...this.settings, endpoint: `127.0.0.1:${port}` });
  }

  /** The path of a public object, below `origin`. */
  pathOf(key: string): string {
    return `/${this.bucket}/${key}`;
  }

  /** Puts a file or bytes as one publicly readable object, all parts at once. */
  async putMultipart(key: string, source: UploadSource, slices: readonly Slice[]): Promise<void> {
    const target = { Bucket: this.bucket, Key: key };
    const { UploadId } = await this.client.send(
      new CreateMultipartUploadCommand({ ...target, ACL: 'public-read' }),
    );
    const parts = await Promise.all(
      slices.map(async ({ start, end }, index) => {
        const PartNumber = index + 1;
        const Body = Buffer.isBuffer(source)
          ? source.subarray(start, end)
          : createReadStream(source, { start, end: end - 1, highWaterMark: 2 ** 18 });
        const { ETag } = await this.client.send(
          new UploadPartCommand({ ...target, UploadId, PartNumber, Body, ContentLength: end - start }),
        );
        return { PartNumber, ETag };
      }),
    );
    await this.client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: parts } }),
    );
  }

  /** Puts a small object in one request. */
  async put(key: string, bytes: Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: bytes }));
  }

  /** Puts a file in one request. With `sha256`, in hexadecimal, the store hashes what comes and compares. */
  async putFile(key: string, file: string, sizeBytes: number, sha256?: string): Promise<void> {
    const Body = createReadStream(file, { highWaterMark: 2 ** 18 });
    const command = new PutObjectCommand({ Bucket: this.bucket, Key: key, Body, ContentLength: sizeBytes });
    if (sha256 !== undefined) {
      command.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: object }).headers, { 'x-amz-content-sha256': sha256 });
          return next(args);
        },
        { step: 'build' },
      );
    }
    await this.client.send(command);
  }

  close(): void {
    this.client.destroy();
  }
}
