import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { type RunningService, startService } from '../support/service.js';
import { digestOf } from './upload-steps.js';

const MIB = 2 ** 20;
const BLOBS = 4;
const BLOB_BYTES = 24 * MIB;
/** More than sockets hold, so that the service has to wait for who dawdles. */
const LONGEST_RANGE_BYTES = 16 * MIB;
const READERS = 24;
const READS_EACH = 5;
const DAWDLE_MS = 150;

jest.setTimeout(120_000);

describe('many readers of a file system at once', () => {
  readersGetTheirOwnBytes('filesystem');
});

describeWith('s3', 'many readers of an S3 bucket at once', () => {
  readersGetTheirOwnBytes('s3');
});

/**
 * The memory that reads go into is used again by other requests. Whatever breaks off, dawdles or begins meanwhile, nobody
 * may get a byte of somebody else's.
 */
function readersGetTheirOwnBytes(store: 'filesystem' | 's3'): void {
  const contents = Array.from({ length: BLOBS }, () => randomBytes(BLOB_BYTES));
  const agent = new Agent({ keepAlive: true });
  let service: RunningService;
  let token: string;

  beforeAll(async () => {
    service = await startService({ store });
    const publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
    ({ token } = publisher);
    for (const bytes of contents) await publisher.uploadFile(bytes);
  }, 60_000);
  afterAll(async () => {
    agent.destroy();
    await service.stop();
  }, 60_000);

  async function open(bytes: Buffer, start: number, end: number): Promise<IncomingMessage> {
    const outgoing = request(`${service.baseUrl}/v1/blobs/${digestOf(bytes)}`, {
      agent,
      headers: { authorization: `Bearer ${token}`, range: `bytes=${start}-${end - 1}` },
    });
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(206);
    return answer;
  }

  /** What came, whole or until the reader lost interest. */
  async function take(answer: IncomingMessage, habit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
      if (habit === 1) break;
      if (habit === 2 && chunks.length % 32 === 1) await delay(DAWDLE_MS);
    }
    return Buffer.concat(chunks);
  }

  it('gives each of them the bytes it asked for', async () => {
    let wholeReads = 0;
    const reader = async (number: number): Promise<void> => {
      for (let read = 0; read < READS_EACH; read += 1) {
        const turn = number * READS_EACH + read;
        const bytes = contents[turn % BLOBS] ?? Buffer.alloc(0);
        // Spread over the blob and over lengths, the same in every run.
        const start = (turn * 7_919_133) % (BLOB_BYTES - 1);
        const end = Math.min(BLOB_BYTES, start + 1 + ((turn * 104_729_777) % LONGEST_RANGE_BYTES));
        const habit = turn % 4;
        const came = await take(await open(bytes, start, end), habit);
        const expected = bytes.subarray(start, habit === 1 ? start + came.length : end);
        // Not toEqual, which would print megabytes.
        expect({ turn, same: came.equals(expected) }).toEqual({ turn, same: true });
        wholeReads += came.length === end - start ? 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: READERS }, (_, number) => reader(number)));
    expect(wholeReads).toBeGreaterThanOrEqual((READERS * READS_EACH * 3) / 4);
  });
}
