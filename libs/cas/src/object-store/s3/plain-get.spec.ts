import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { createCertificate } from '../../../../../test/support/certificate.js';
import { getPlainly, type PlainAnswer } from './plain-get.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';

describe('getPlainly', () => {
  let server: Server;
  let accepted: Socket[];
  let serve: (socket: Socket) => void | Promise<void>;

  beforeEach(async () => {
    accepted = [];
    server = createServer((socket) => {
      accepted.push(socket.on('error', () => undefined));
      socket.once('data', () => void serve(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  function get(options: { host?: string; signal?: AbortSignal } = {}): Promise<PlainAnswer | undefined> {
    const { port } = server.address() as AddressInfo;
    const requestHead = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const { host = '127.0.0.1', signal } = options;
    return getPlainly({ host, port, requestHead, connectMs: 2000, answerMs: 200, signal });
  }

  async function textOf(answer: PlainAnswer | undefined): Promise<string | undefined> {
    return answer && Buffer.concat(await answer.body.toArray()).toString();
  }

  it.each<[string, string[]]>([
    ['at once', [`${HEAD}hello`]],
    ['head and body apart', [HEAD, 'hello']],
    ['the head in pieces', [HEAD.slice(0, 10), HEAD.slice(10, -2), HEAD.slice(-2), 'hello']],
    ['the body in pieces', [`${HEAD}h`, 'el', 'lo']],
    ['more than was promised', [`${HEAD}hel`, 'lo, and more', 'HTTP/1.1 200 OK\r\n\r\n']],
  ])('gives the body that comes %s, and closes the connection', async (_, pieces) => {
    serve = async (socket) => {
      for (const piece of pieces) {
        socket.write(piece);
        await turn();
      }
    };
    const answer = await get();
    expect(answer?.head).toMatchObject({ statusCode: 200, sizeBytes: 5 });
    await expect(textOf(answer)).resolves.toBe('hello');
    await until(() => accepted.every(({ destroyed }) => destroyed));
  });

  it('gives an empty body', async () => {
    serve = (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await expect(textOf(await get())).resolves.toBe('');
  });

  it('finds the server behind a name with several addresses', async () => {
    serve = (socket) => void socket.write(`${HEAD}hello`);
    await expect(textOf(await get({ host: 'localhost' }))).resolves.toBe('hello');
  });

  it('stops reading from the connection when the body is not read any further', async () => {
    const sizeBytes = 64 * 1024 * 1024;
    let sender: Socket | undefined;
    serve = (socket) => {
      sender = socket;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${sizeBytes}\r\n\r\n`);
      socket.end(Buffer.alloc(sizeBytes));
    };
    const body = (await get())?.body;
    const chunks = (body ?? []) as AsyncIterable<Buffer>;
    let receivedBytes = 0;
    for await (const chunk of chunks) {
      if (receivedBytes === 0) {
        for (let turns = 0; turns < 500; turns += 1) await turn();
        expect(body?.readableLength).toBeLessThan(2 * 1024 * 1024);
        expect(sender?.writableLength).toBeGreaterThan(0);
      }
      receivedBytes += chunk.length;
    }
    expect(receivedBytes).toBe(sizeBytes);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['is ended', (socket) => void socket.end()],
    ['is reset', (socket) => void socket.resetAndDestroy()],
  ])('fails when the connection %s before the head, in the head and in the body', async (_, breakOff) => {
    serve = breakOff;
    await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
    serve = (socket) =>
      void socket.write(HEAD.slice(0, 20), () => {
        breakOff(socket);
      });
    await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
    serve = (socket) => void socket.write(`${HEAD}hel`);
    const answer = await get();
    const text = textOf(answer);
    for (const socket of accepted) breakOff(socket);
    await expect(text).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('gives up on a server that does not answer', async () => {
    serve = () => undefined;
    await expect(get()).rejects.toMatchObject({ name: 'TimeoutError' });
    await until(() => accepted.every(({ destroyed }) => destroyed));
  });

  it('leaves an answer that is not plain, and the connection', async () => {
    serve = (socket) => void socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello');
    await expect(get()).resolves.toBeUndefined();
    await until(() => accepted.every(({ destroyed }) => destroyed));
  });

  it('goes when the caller goes, before and while it waits', async () => {
    serve = () => undefined;
    await expect(get({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const gone = new AbortController();
    const answer = get({ signal: gone.signal });
    const failed = expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => accepted.length > 0);
    gone.abort();
    await failed;
    await until(() => accepted.every(({ destroyed }) => destroyed));
  });

  it('closes the connection when the body is destroyed', async () => {
    serve = (socket) => void socket.write(`${HEAD}hel`);
    const answer = await get();
    answer?.body.destroy();
    await until(() => accepted.every(({ destroyed }) => destroyed));
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe('getPlainly over TLS', () => {
  const SIZE_BYTES = 40 * 2 ** 20;
  let server: TlsServer;
  let folder: string;
  let ca: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plain-get-'));
    const files = await createCertificate(folder);
    ca = await readFile(files.certificateFile, 'utf8');
    server = createTlsServer({ cert: ca, key: await readFile(files.keyFile) }, (socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (request: Buffer) => {
          const isCut = request.includes('/cut');
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE_BYTES}\r\n\r\n`);
          socket.end(pattern(isCut ? SIZE_BYTES / 2 : SIZE_BYTES));
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  function get(path: string, tls: object, host = '127.0.0.1'): Promise<PlainAnswer | undefined> {
    const { port } = server.address() as AddressInfo;
    const requestHead = `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    return getPlainly({ host, port, tls, requestHead, connectMs: 5000, answerMs: 5000, signal: undefined });
  }

  it.each(['127.0.0.1', 'localhost'])(
    'gives every byte of a large body, to a reader that pauses, from %s',
    async (host) => {
      const answer = await get('/', { ca }, host);
      const chunks: Buffer[] = [];
      for await (const chunk of answer?.body ?? []) {
        chunks.push(Buffer.from(chunk as Buffer));
        if (chunks.length % 50 === 0) await turn();
      }
      expect(Buffer.concat(chunks).equals(pattern(SIZE_BYTES))).toBe(true);
    },
  );

  it('fails when the connection ends before the promised bytes', async () => {
    const answer = await get('/cut', { ca });
    await expect(answer?.body.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('refuses a certificate that nobody vouches for', async () => {
    await expect(get('/', {})).rejects.toThrow(/self.signed certificate/);
  });
});

/** Bytes that show when some of them are missing or change places. */
function pattern(sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, Buffer.from(Uint8Array.from({ length: 1021 }, (_, index) => index % 256)));
}
