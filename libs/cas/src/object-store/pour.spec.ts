import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { ObjectBody } from './object-body.js';
import { pour } from './pour.js';
import { ReusableBuffers } from './reusable-buffers.js';
import { SlabPool } from './slab-pool.js';

const MIB = 1024 * 1024;

/** Fills memory that was given back at once, so that a chunk given back too early arrives changed. */
const POOL = new SlabPool({
  largestBytes: 512 * 1024,
  smallestBytes: 512 * 1024,
  budgetBytes: 0,
  mostIdleBytes: 2 ** 23,
});

class Source extends ObjectBody {
  readonly slabs = new Set<ArrayBufferLike>();
  readonly sha256 = createHash('sha256');
  readonly #buffers = new ReusableBuffers(POOL, 1);
  readonly #pattern = randomBytes(512 * 1024 + 256);
  #chunks = 0;

  constructor(
    private readonly lastChunk: number,
    private readonly atEnd: 'end' | 'fail' | 'wait' = 'end',
  ) {
    super();
  }

  override giveBack(chunk: Buffer): void {
    this.#buffers.giveBack(chunk);
  }

  override _read(): void {
    setImmediate(() => {
      if (this.destroyed) return;
      if (this.#chunks === this.lastChunk) {
        if (this.atEnd === 'end') this.push(null);
        if (this.atEnd === 'fail') this.destroy(new Error('The store broke off.'));
        return;
      }
      this.#chunks += 1;
      const room = this.#buffers.room();
      this.#pattern.copy(room, 0, this.#chunks % 256);
      const chunk = this.#buffers.take(room.length);
      this.slabs.add(chunk.buffer);
      this.sha256.update(chunk);
      this.push(chunk);
    });
  }
}

describe('pour', () => {
  let server: http.Server;
  let answer: (response: http.ServerResponse) => void;

  beforeEach(async () => {
    server = http.createServer((_request, response) => {
      answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function ask(): Promise<http.IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const [response] = (await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
      http.IncomingMessage,
    ];
    return response;
  }

  it.each(['at once', 'slowly'])(
    'brings all bytes unchanged to a client that reads %s, in few slabs',
    async (how) => {
      const source = new Source(128);
      let poured: Promise<void> | undefined;
      answer = (response) => {
        response.writeHead(200, { 'content-length': 64 * MIB });
        poured = pour(source, response);
      };
      const response = await ask();
      const sha256 = createHash('sha256');
      for await (const chunk of response) {
        sha256.update(chunk as Buffer);
        if (how === 'slowly') await turn();
      }
      await poured;
      expect(sha256.digest('hex')).toBe(source.sha256.digest('hex'));
      expect(source.slabs.size).toBeLessThan(8);
      expect(source.destroyed).toBe(true);
    },
  );

  it('ends the answer of an empty body, and takes any other stream', async () => {
    answer = (response) => void pour(Readable.from([]), response);
    await expect((await ask()).toArray()).resolves.toEqual([]);
    answer = (response) => void pour(Readable.from([Buffer.from('ab'), Buffer.from('c')]), response);
    expect(Buffer.concat(await (await ask()).toArray()).toString()).toBe('abc');
  });

  it('breaks the answer when the body fails', async () => {
    let failure: unknown;
    answer = (response) => {
      response.writeHead(200, { 'content-length': 64 * MIB });
      pour(new Source(4, 'fail'), response).catch((error: unknown) => {
        failure = error;
      });
    };
    const response = await ask();
    await expect(response.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(failure).toMatchObject({ message: 'The store broke off.' });
  });

  it('does not send a chunk that `inspect` refuses, and breaks the answer', async () => {
    const seen: number[] = [];
    let failure: unknown;
    answer = (response) => {
      response.writeHead(200, { 'content-length': MIB });
      const inspect = (chunk: Buffer) => {
        seen.push(chunk.length);
        if (seen.length === 2) throw new Error('These are not the bytes.');
      };
      pour(new Source(2), response, { inspect }).catch((error: unknown) => {
        failure = error;
      });
    };
    const response = await ask();
    let receivedBytes = 0;
    response.on('data', (chunk: Buffer) => (receivedBytes += chunk.length));
    await expect(once(response, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(receivedBytes).toBeLessThanOrEqual(512 * 1024);
    expect(seen).toEqual([512 * 1024, 512 * 1024]);
    expect(failure).toMatchObject({ message: 'These are not the bytes.' });
  });

  it('leaves an answer that was given nothing when `inspect` refuses the first chunk', async () => {
    answer = (response) => {
      const inspect = () => {
        throw new Error('These are not the bytes.');
      };
      pour(new Source(2), response, { inspect }).catch(() => response.writeHead(503).end());
    };
    const response = await ask();
    expect(response.statusCode).toBe(503);
    await expect(response.toArray()).resolves.toEqual([]);
  });

  it.each<[string, number]>([
    ['while bytes are sent', 10_000],
    ['while the store is waited for', 1],
    ['before the first byte', 0],
  ])('destroys the body when the client goes %s', async (_, chunks) => {
    const source = new Source(chunks, 'wait');
    let poured: Promise<unknown> | undefined;
    answer = (response) => {
      response.writeHead(200, { 'content-length': 10_000 * 512 * 1024 });
      response.flushHeaders();
      poured = pour(source, response).catch((error: unknown) => error);
    };
    const response = await ask();
    if (chunks > 0) await once(response, 'data');
    response.destroy();
    await expect(poured).resolves.toMatchObject({ name: 'Error' });
    expect(source.destroyed).toBe(true);
  });

  it('ends both sides when it is aborted', async () => {
    const source = new Source(1, 'wait');
    const stop = new AbortController();
    let poured: Promise<unknown> | undefined;
    answer = (response) => {
      response.writeHead(200, { 'content-length': MIB });
      poured = pour(source, response, { signal: stop.signal }).catch((error: unknown) => error);
    };
    const response = await ask();
    await once(response, 'data');
    stop.abort();
    await expect(poured).resolves.toMatchObject({ name: 'AbortError' });
    await expect(response.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(source.destroyed).toBe(true);
  });
});
