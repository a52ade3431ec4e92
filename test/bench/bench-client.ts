import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Slice, type UploadedBlob } from '../fixtures/upload-source.js';

/** A publisher that sends parts at once and waits until the bytes are verified. */
export class BenchClient {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** Begin to ready; the slices of the file go out at once, as one part each. */
  async upload(file: string, blob: UploadedBlob, slices: readonly Slice[]): Promise<void> {
    await this.uploadParts(blob, (id) =>
      Promise.all(
        slices.map(({ start, end }, index) => {
          const body = createReadStream(file, { start, end: end - 1, highWaterMark: 2 ** 18 });
          return this.putPart(id, index + 1, end - start, body);
        }),
      ),
    );
  }

  /** Begin to ready, in one part. */
  async uploadBytes(bytes: Buffer, blob: UploadedBlob): Promise<void> {
    await this.uploadParts(blob, async (id) => [
      await this.putPart(id, 1, bytes.length, Readable.from([bytes])),
    ]);
  }

  /** In one request. */
  async putBytes(bytes: Buffer, blob: UploadedBlob): Promise<void> {
    const outgoing = request(`${this.baseUrl}/v1/blobs/${blob.digest}`, {
      method: 'PUT',
      agent: this.agent,
      headers: { ...this.headers, 'content-length': bytes.length },
    });
    outgoing.end(bytes);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    await readJson(response);
  }

  /** A file, in one request. */
  async putFile(file: string, blob: UploadedBlob): Promise<void> {
    const outgoing = request(`${this.baseUrl}/v1/blobs/${blob.digest}`, {
      method: 'PUT',
      agent: this.agent,
      headers: { ...this.headers, 'content-length': blob.sizeBytes },
    });
    const answered = once(outgoing, 'response');
    await pipeline(createReadStream(file, { highWaterMark: 2 ** 18 }), outgoing);
    const [response] = (await answered) as [IncomingMessage];
    await readJson(response);
  }

  /** Begin to ready, in one part that is sent at a constant pace. */
  async uploadPaced(bytes: Buffer, blob: UploadedBlob, bytesPerSecond: number): Promise<void> {
    await this.uploadParts(blob, async (id) => [
      await this.putPart(id, 1, bytes.length, Readable.from(paced(bytes, bytesPerSecond))),
    ]);
  }

  private async uploadParts(
    blob: UploadedBlob,
    send: (id: string) => Promise<readonly object[]>,
  ): Promise<void> {
    const session = await this.begin(blob);
    const id = String(session['id']);
    const parts = await send(id);
    await this.json('POST', `/v1/uploads/${id}/complete`, { parts });
    // Often enough to see the end soon, seldom enough not to be the load that is measured.
    for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 200)) {
      const { state } = await this.json('GET', `/v1/uploads/${id}`);
      if (state === 'ready') {
        return;
      }
      if (state === 'failed') {
        throw new Error('the upload failed');
      }
      await delay(pauseMs);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** As every client has to, it comes again when the service is too busy. */
  private async begin({ digest, sizeBytes }: UploadedBlob): Promise<Record<string, unknown>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.json('POST', '/v1/uploads', {
          expected_digest: digest,
          expected_size_bytes: sizeBytes,
        });
      } catch (error) {
        if (attempt === 5 || !String(error).includes('503')) throw error;
        await delay(1000 * Math.random());
      }
    }
  }

  private async putPart(id: string, number: number, sizeBytes: number, body: Readable): Promise<object> {
    const outgoing = request(`${this.baseUrl}/v1/uploads/${id}/parts/${number}`, {
      method: 'PUT',
      agent: this.agent,
      headers: { ...this.headers, 'content-length': sizeBytes },
    });
    const answered = once(outgoing, 'response');
    await pipeline(body, outgoing);
    const [response] = (await answered) as [IncomingMessage];
    const { etag } = await readJson(response);
    return { number, etag, size_bytes: sizeBytes };
  }

  private async json(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const outgoing = request(`${this.baseUrl}${path}`, {
      method,
      agent: this.agent,
      headers: { ...this.headers, 'content-type': 'application/json' },
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return readJson(response);
  }

  private get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }
}

const PACES_A_SECOND = 10;

async function* paced(bytes: Buffer, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const pieceBytes = Math.ceil(bytesPerSecond / PACES_A_SECOND);
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
    await delay(1000 / PACES_A_SECOND);
  }
}

async function readJson(response: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString();
  if ((response.statusCode ?? 500) >= 300) {
    throw new Error(`${response.statusCode}: ${text}`);
  }
  return JSON.parse(text) as Record<string, unknown>;
}

/** Downloads with curl, which costs little beside what is measured. */
export async function download(url: string, headers: readonly string[] = []): Promise<void> {
  const flags = headers.flatMap((header) => ['-H', header]);
  const child = spawn('curl', ['-fsS', '-o', '/dev/null', ...flags, url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) {
    throw new Error(`curl ended with ${code}`);
  }
}
