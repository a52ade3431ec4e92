import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { toAnswer } from '../support/http-client.js';
import { Pace } from './pace.js';
import type { Tally } from './tally.js';

export interface DownloadTarget {
  readonly url: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly bytesPerSecond: number;
}

const RETRY_MS = 200;

/** Downloads slowly, again and again until `isOver`, and goes on with Range where a download broke. */
export class ResumingDownloader {
  constructor(
    private readonly target: DownloadTarget,
    private readonly tally: Tally,
    private readonly abandoned: AbortSignal,
    private readonly isOver: () => boolean,
  ) {}

  async run(): Promise<void> {
    while (!this.isOver()) {
      await this.download();
    }
  }

  private async download(): Promise<void> {
    const { digest, sizeBytes, bytesPerSecond } = this.target;
    const hash = createHash('sha256');
    const pace = new Pace(bytesPerSecond, this.isOver);
    let receivedBytes = 0;
    while (receivedBytes < sizeBytes) {
      this.abandoned.throwIfAborted();
      const body = await this.open(receivedBytes);
      if (body === undefined) {
        await delay(RETRY_MS);
        continue;
      }
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          hash.update(chunk);
          receivedBytes += chunk.length;
          await pace.moved(chunk.length);
        }
      } catch {
        this.tally.resumedDownloads += 1;
      }
    }
    if (`sha256:${hash.digest('hex')}` === digest) {
      this.tally.finishedDownloads += 1;
    } else {
      this.tally.fail('a download', 'has other bytes');
    }
  }

  /** The bytes from `start` on; undefined when they are not to be had now. */
  private async open(start: number): Promise<IncomingMessage | undefined> {
    const { url, digest } = this.target;
    const resuming = { range: `bytes=${start}-`, 'if-range': `"${digest}"` };
    const call = `GET ${url} from ${start}`;
    const outgoing = request(url, { agent: false, headers: start === 0 ? {} : resuming });
    try {
      outgoing.end();
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      // One that breaks before it is read still has to be survived.
      incoming.on('error', () => undefined);
      const expected = start === 0 ? 200 : 206;
      if (incoming.statusCode === expected) {
        this.tally.answered += 1;
        return incoming;
      }
      const bytes = await buffer(incoming);
      this.tally.take(call, toAnswer(incoming.statusCode ?? 0, incoming.headers, bytes), [expected]);
    } catch (error) {
      this.tally.fail(call, error);
    }
    return undefined;
  }
}
