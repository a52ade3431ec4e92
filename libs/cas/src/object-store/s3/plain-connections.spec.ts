import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { createCertificate } from '../../../../../test/support/certificate.js';
import type { PlainAnswer } from './plain-connection.js';
import { PlainConnections } from './plain-connections.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
const LAST_HEAD = HEAD.replace('OK\r\n', 'OK\r\nConnection: close\r\n');
const IDLE_MS = 200;

describe('PlainConnections', () => {
  let server: Server;
  let accepted: Socket[];
  let serve: (socket: Socket) => void | Promise<void>;
  let connections: PlainConnections;

  beforeEach(async () => {
    accepted = [];
    server = createServer((socket) => {
      accepted.push(socket.on('error', () => undefined));
      socket.on('data', () => void serve(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connections = connectionsTo('127.0.0.1');
  });

  afterEach(() => {
    connections.close();
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  function connectionsTo(host: string): PlainConnections {
    const { port } = server.address() as AddressInfo;
    return new PlainConnections({ host, port, connectMs: 2000, answerMs: 200, stallMs: 300 }, IDLE_MS);
  }

  function get(signal?: AbortSignal): Promise<PlainAnswer | undefined> {
    return connections.get({ requestHead: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', signal });
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
  ])('gives the body that comes %s', async (_, pieces) => {
    serve = async (socket) => {
      for (const piece of pieces) {
        socket.write(piece);
        await turn();
      }
    };
    const answer = await get();
    expect(answer?.head).toMatchObject({ statusCode: 200, sizeBytes: 5 });
    await expect(textOf(answer)).resolves.toBe('hello');
  });

  it('gives an empty body', async () => {
    serve = (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await expect(textOf(await get())).resolves.toBe('');
  });

  it('finds the server behind a name with several addresses', async () => {
    serve = (socket) => void socket.write(`${HEAD}hello`);
    connections = connectionsTo('localhost');
    await expect(textOf(await get())).resolves.toBe('hello');
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
    await expect(text).rejects.toThrow(DependencyUnavailableError);
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
    await expect(get(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    const gone = new AbortController();
    const answer = get(gone.signal);
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

  it('sends the next request over the same connection, and another meanwhile over one of its own', async () => {
    serve = (socket) => void socket.write(`${HEAD}hello`);
    for (let count = 0; count < 3; count += 1) {
      await expect(textOf(await get())).resolves.toBe('hello');
    }
    expect(accepted).toHaveLength(1);
    await expect(Promise.all([get().then(textOf), get().then(textOf)])).resolves.toEqual(['hello', 'hello']);
    expect(accepted).toHaveLength(2);
  });

  it('leaves a body that is not read yet as it is while the connection carries the next one', async () => {
    let count = 0;
    serve = (socket) => void socket.write(`${HEAD}${String((count += 1)).repeat(5)}`);
    const first = await get();
    const second = await get();
    await expect(Promise.all([first, second].map(textOf))).resolves.toEqual(['11111', '22222']);
    expect(accepted).toHaveLength(1);
  });

  it.each([
    ['the server says that it is the last', `${LAST_HEAD}hello`],
    ['more came than was promised', `${HEAD}hello, and more`],
  ])('closes the connection after an answer when %s', async (_, answer) => {
    serve = (socket) => void socket.write(answer);
    await expect(textOf(await get())).resolves.toBe('hello');
    await until(() => accepted.every(({ destroyed }) => destroyed));
    await expect(textOf(await get())).resolves.toBe('hello');
    expect(accepted).toHaveLength(2);
  });

  it('closes a connection that the server uses unasked', async () => {
    serve = (socket) => void socket.write(`${HEAD}hello`);
    await textOf(await get());
    accepted[0]?.write(`${HEAD}other`);
    await until(() => accepted.every(({ destroyed }) => destroyed));
    await expect(textOf(await get())).resolves.toBe('hello');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['ended', (socket) => void socket.end()],
    ['reset', (socket) => void socket.resetAndDestroy()],
  ])(
    'asks again over a new connection when the idle one was %s, at the latest by the request',
    async (_, close) => {
      serve = (socket) => void socket.write(`${HEAD}hello`);
      await textOf(await get());
      serve = (socket) => {
        if (socket === accepted[0]) close(socket);
        else socket.write(`${HEAD}hello`);
      };
      await expect(textOf(await get())).resolves.toBe('hello');
      expect(accepted).toHaveLength(2);
    },
  );

  it('fails, and does not ask again, when a used connection breaks in the head', async () => {
    serve = (socket) => void socket.write(`${HEAD}hello`);
    await textOf(await get());
    serve = (socket) => void socket.end(HEAD.slice(0, 10));
    await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(accepted).toHaveLength(1);
  });

  it('fails a body of which no more comes, but not while its reader is waited for', async () => {
    serve = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 20}\r\n\r\n`);
      socket.write(Buffer.alloc(2 ** 19));
    };
    const answer = await get();
    await delay(400);
    expect(answer?.body.errored).toBeNull();
    await expect(textOf(answer)).rejects.toMatchObject({
      cause: { message: 'The object store moved no byte for 300 ms.' },
    });
    await until(() => accepted.every(({ destroyed }) => destroyed));
  });

  it('closes idle connections after a while, and at once when it is closed itself', async () => {
    serve = (socket) => void socket.write(`${HEAD}hello`);
    await textOf(await get());
    await until(() => accepted.every(({ destroyed }) => destroyed));
    const answer = await get();
    connections.close();
    await expect(textOf(answer)).resolves.toBe('hello');
    await until(() => accepted.every(({ destroyed }) => destroyed));
    expect(accepted).toHaveLength(2);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}

describe('PlainConnections over TLS', () => {
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
    const waits = { connectMs: 5000, answerMs: 5000, stallMs: 5000 };
    const requestHead = `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    return new PlainConnections({ host, port, tls, ...waits }, IDLE_MS).get({
      requestHead,
      signal: undefined,
    });
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
    await expect(answer?.body.toArray()).rejects.toThrow(DependencyUnavailableError);
  });

  it('refuses a certificate that nobody vouches for', async () => {
    await expect(get('/', {})).rejects.toThrow(/self.signed certificate/);
  });
});

/** Bytes that show when some of them are missing or change places. */
function pattern(sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, Buffer.from(Uint8Array.from({ length: 1021 }, (_, index) => index % 256)));
}
