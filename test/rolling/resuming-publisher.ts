import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, HttpClient } from '../support/http-client.js';
import { digestOf, type Part, type Session, SMALLEST_PART_BYTES } from '../contract/upload-steps.js';
import { Pace } from './pace.js';
import type { Tally } from './tally.js';

const RETRY_MS = 200;
const LOOK_MS = 100;
const PIECE_BYTES = 64 * 1024;

/** Uploads slowly and publishes, again and again until `isOver`; parts that broke are sent again, as the documentation says. */
export class ResumingPublisher {
  constructor(
    private readonly client: HttpClient,
    private readonly bytesPerSecond: number,
    private readonly tally: Tally,
    private readonly abandoned: AbortSignal,
    private readonly isOver: () => boolean,
  ) {}

  async run(): Promise<void> {
    while (!this.isOver()) {
      await this.publish();
    }
  }

  private async publish(): Promise<void> {
    const name = `image-${randomUUID()}`;
    const parts = [randomBytes(SMALLEST_PART_BYTES), randomBytes(SMALLEST_PART_BYTES / 2)];
    // Random bytes could look like a format that they are not.
    parts[0]?.write('plain');
    const bytes = Buffer.concat(parts);
    const digest = await this.upload(bytes, parts);
    // A create whose answer was lost is there: 409.
    await this.insist('POST', '/v1/images', [201, 409], { name });
    await this.insist('POST', `/v1/images/${name}/versions`, [201, 409], { version: '1' });
    await this.insist('POST', `/v1/images/${name}/versions/1/artifacts`, [201, 409], {
      operating_system: 'tiny',
      architecture: 'x86_64',
      format: 'raw',
      primary_blob_digest: digest,
      primary_blob_size_bytes: bytes.length,
      primary_media_type: 'application/octet-stream',
    });
    await this.insist('POST', `/v1/images/${name}/versions/1/publish`, [202]);
    await this.settled(`/v1/images/${name}/versions/1/publish-job`, 'succeeded');
    this.tally.publishedVersions.push(name);
  }

  private async upload(bytes: Buffer, parts: readonly Buffer[]): Promise<string> {
    const digest = digestOf(bytes);
    const announced = { expected_digest: digest, expected_size_bytes: bytes.length };
    const begun = await this.insist('POST', '/v1/uploads', [201], announced);
    const path = `/v1/uploads/${(begun.json as Session).id}`;
    for (const [index, part] of parts.entries()) {
      await this.sendPart(path, index + 1, part);
    }
    const named = (await this.parts(path)).map(({ part_number: number, etag, size_bytes }) => ({
      number,
      etag,
      size_bytes,
    }));
    await this.insist('POST', `${path}/complete`, [200], { parts: named });
    await this.settled(path, 'ready');
    return digest;
  }

  private async parts(path: string): Promise<readonly Part[]> {
    const listed = await this.insist('GET', `${path}/parts`, [200]);
    return (listed.json as { readonly parts: readonly Part[] }).parts;
  }

  /** Until the server says that it has the part: an answer may be lost with its connection. */
  private async sendPart(path: string, number: number, bytes: Buffer): Promise<void> {
    for (;;) {
      this.abandoned.throwIfAborted();
      const status = await this.putSlowly(`${path}/parts/${number}`, bytes).catch(() => 'broken');
      if (status === 200) {
        return;
      }
      this.tally.resentParts += 1;
      if (status !== 'broken' && status !== 502 && status !== 503) {
        this.tally.fail(`PUT ${path}/parts/${number}`, status);
      }
      await delay(RETRY_MS);
      if ((await this.parts(path)).some(({ part_number }) => part_number === number)) {
        return;
      }
    }
  }

  private async putSlowly(path: string, bytes: Buffer): Promise<number> {
    const outgoing = request(this.client.baseUrl + path, {
      method: 'PUT',
      agent: false,
      headers: {
        authorization: `Bearer ${this.client.token ?? ''}`,
        'content-length': String(bytes.length),
      },
    });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    const sent = this.sendSlowly(bytes, outgoing, answered);
    const [incoming] = await answered;
    await Promise.all([buffer(incoming), sent]);
    outgoing.destroy();
    return incoming.statusCode ?? 0;
  }

  private async sendSlowly(
    bytes: Buffer,
    outgoing: ReturnType<typeof request>,
    answered: Promise<unknown>,
  ): Promise<void> {
    const pace = new Pace(this.bytesPerSecond, this.isOver);
    const over = new AbortController();
    const end = (): void => {
      over.abort();
    };
    answered.then(end, end);
    for (let start = 0; start < bytes.length && !over.signal.aborted; start += PIECE_BYTES) {
      const piece = bytes.subarray(start, start + PIECE_BYTES);
      outgoing.write(piece);
      await pace.moved(piece.length);
    }
    outgoing.end();
  }

  private async settled(path: string, state: string): Promise<void> {
    for (;;) {
      this.abandoned.throwIfAborted();
      const { json } = await this.insist('GET', path, [200]);
      const { state: now } = json as { readonly state: string };
      if (now === state) {
        return;
      }
      if (now === 'failed' || now === 'aborted' || now === 'canceled') {
        this.tally.fail(path, JSON.stringify(json));
        throw new Error(`${path} ${now}`);
      }
      await delay(LOOK_MS);
    }
  }

  /** Repeats a call until it is answered as expected; the tally knows of every other answer. */
  private async insist(
    method: string,
    path: string,
    expected: readonly number[],
    json?: unknown,
  ): Promise<Answer> {
    for (;;) {
      this.abandoned.throwIfAborted();
      try {
        const answer = await this.client.send(method, path, { json });
        if (this.tally.take(`${method} ${path}`, answer, expected)) {
          return answer;
        }
      } catch (error) {
        this.tally.fail(`${method} ${path}`, error);
      }
      await delay(RETRY_MS);
    }
  }
}
