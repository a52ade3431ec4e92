import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { UploadedBlob, UploadSource } from '../fixtures/upload-source.js';
import { freePort, PeerProcess } from './peer-process.js';
import type { RawS3 } from './raw-s3.js';

/** Debian's docker-registry, which stores blobs by digest as well: on a folder, or on the S3 service. */
export class DockerRegistry {
  private constructor(private readonly process: PeerProcess) {}

  static async start(folder: string, s3: RawS3 | undefined): Promise<DockerRegistry> {
    const port = await freePort();
    await mkdir(join(folder, 'data'), { recursive: true });
    const file = join(folder, 'config.yml');
    await writeFile(file, configuration(join(folder, 'data'), s3, port));
    const url = `http://127.0.0.1:${port}`;
    return new DockerRegistry(await PeerProcess.start('docker-registry', ['serve', file], `${url}/v2/`));
  }

  get pid(): number {
    return this.process.pid;
  }

  blobUrl({ digest }: UploadedBlob): string {
    return `${this.origin}/v2/bench/blobs/${digest}`;
  }

  /** Pushes a blob as docker does: one stream, then the digest. */
  async push(source: UploadSource, { digest, sizeBytes }: UploadedBlob): Promise<void> {
    const begun = await call('POST', `${this.origin}/v2/bench/blobs/uploads/`, 202);
    const patched = await call('PATCH', begun, 202, { source, sizeBytes });
    const target = new URL(patched);
    target.searchParams.set('digest', digest);
    await call('PUT', target.href, 201);
  }

  stop(): Promise<void> {
    agent.destroy();
    return this.process.stop();
  }

  private get origin(): string {
    return new URL(this.process.url).origin;
  }
}

const agent = new Agent({ keepAlive: true });

/** Answers the absolute Location. */
async function call(
  method: string,
  url: string,
  status: number,
  body?: { readonly source: UploadSource; readonly sizeBytes: number },
): Promise<string> {
  const outgoing = request(url, {
    method,
    agent,
    headers: { 'content-length': body?.sizeBytes ?? 0, 'content-type': 'application/octet-stream' },
  });
  const answered = new Promise<{ status: number; location: string }>((resolve, reject) => {
    outgoing.once('error', reject).once('response', (response) => {
      response.resume().once('end', () => {
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' });
      });
    });
  });
  if (body === undefined) {
    outgoing.end();
  } else {
    const { source } = body;
    await pipeline(
      Buffer.isBuffer(source)
        ? Readable.from([source])
        : createReadStream(source, { highWaterMark: 2 ** 18 }),
      outgoing,
    );
  }
  const answer = await answered;
  if (answer.status !== status) {
    throw new Error(`docker-registry answered ${answer.status} to ${method} ${url}`);
  }
  return new URL(answer.location, url).href;
}

function configuration(dataDir: string, s3: RawS3 | undefined, port: number): string {
  const storage =
    s3 === undefined
      ? `  filesystem: { rootdirectory: ${dataDir} }`
      : `  s3:
    accesskey: ${s3.credentials.accessKeyId}
    secretkey: ${s3.credentials.secretAccessKey}
    region: us-east-1
    regionendpoint: ${s3.origin}
    bucket: ${s3.bucket}
    secure: false
    v4auth: true
    rootdirectory: /docker-registry
  redirect: { disable: true }`;
  return `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage:
${storage}
http: { addr: "127.0.0.1:${port}" }
`;
}
