import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as passed } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DependencyUnavailableError } from '@imgsrv/platform';
import {
  NoSuchMultipartUploadError,
  NoSuchObjectError,
  PartMismatchError,
  TruncatedBodyError,
} from '../object-store.errors.js';
import type { MultipartUploadId, ObjectStore } from '../object-store.js';
import { createS3ObjectStore } from './s3-object-store.js';
import type { S3Timeouts } from './s3-settings.js';

const KEY = 'blobs/secret-key';
const BUCKET = 'secret-bucket';
const UPLOAD = 'upload-1' as MultipartUploadId;
const PARTS = [{ partNumber: 1, etag: 'e'.repeat(32), sizeBytes: 10 }];
const FAST: Partial<S3Timeouts> = {
  connectMs: 300,
  answerMs: 150,
  callMs: 3_000,
  completeMs: 150,
  stallMs: 150,
  checkMs: 500,
};

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** S3's operations as far as they are used here, told apart by method and query. */
type Operation = 'put' | 'complete' | 'listParts' | 'head' | 'headBucket' | 'get' | 'other';

interface FakeStore {
  readonly store: ObjectStore;
  readonly seen: Operation[];
  readonly sockets: Set<Socket>;
}

describe('S3 object store on a store that misbehaves', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function fake(
    answers: Partial<Record<Operation, Answer>>,
    timeouts: Partial<S3Timeouts> = FAST,
  ): Promise<FakeStore> {
    const seen: Operation[] = [];
    const sockets = new Set<Socket>();
    const server = http.createServer((request, response) => {
      const operation = operationOf(request);
      seen.push(operation);
      const answer = answers[operation];
      if (answer) answer(request, response);
      else failWith(501, 'NotImplemented')(request, response);
    });
    // Whether a connection is closed is up to the store alone.
    server.keepAliveTimeout = 0;
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const store = storeAt(port, timeouts);
    closing.push(async () => {
      await store.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return { store, seen, sockets };
  }

  describe('reading', () => {
    const promised = 1_000_000;
    const begin = (response: http.ServerResponse) => {
      response.writeHead(200, { 'content-length': promised });
      response.write(Buffer.alloc(70_000, 1));
    };

    it.each<[string, (response: http.ServerResponse) => void]>([
      ['is reset', (response) => response.socket?.resetAndDestroy()],
      ['is closed early', (response) => response.socket?.end()],
      ['falls silent', () => undefined],
    ])('fails the stream when the connection %s', async (_, breakOff) => {
      let response: http.ServerResponse | undefined;
      const { store } = await fake({
        get: (_request, opened) => {
          response = opened;
          begin(opened);
        },
      });
      const { body, sizeBytes } = await store.openRead(KEY);
      expect(sizeBytes).toBe(promised);
      let receivedBytes = 0;
      const reading = (async () => {
        for await (const chunk of body) {
          receivedBytes += (chunk as Buffer).length;
          if (response && receivedBytes === 70_000) breakOff(response);
        }
      })();
      await expectUnavailable(reading);
      expect(receivedBytes).toBe(70_000);
    });

    it('closes the connection of a read that fell silent', async () => {
      const { store, sockets } = await fake({
        get: (_request, response) => {
          begin(response);
        },
      });
      const { body } = await store.openRead(KEY);
      await expectUnavailable(body.toArray());
      await until(() => sockets.size === 0);
    });

    it('lets a reader be slower than the store may be', async () => {
      const { store } = await fake({
        get: (_request, response) => {
          response.writeHead(200, { 'content-length': 8_000_000 });
          response.end(Buffer.alloc(8_000_000, 1));
        },
      });
      const { body } = await store.openRead(KEY);
      let receivedBytes = 0;
      let pauses = 0;
      for await (const chunk of body) {
        receivedBytes += (chunk as Buffer).length;
        if (pauses < 3) await passed(150);
        pauses += 1;
      }
      expect(receivedBytes).toBe(8_000_000);
    });

    it.each<[string, Answer]>([
      ['without a length', (_request, response) => void response.end('chunked')],
      [
        'with all bytes where a range was asked for',
        (_request, response) => void response.writeHead(200, { 'content-length': 10 }).end('0123456789'),
      ],
      [
        'with another range',
        (_request, response) =>
          void response.writeHead(206, { 'content-length': 3, 'content-range': 'bytes 1-3/10' }).end('123'),
      ],
      [
        'with a range of another length',
        (_request, response) =>
          void response.writeHead(206, { 'content-length': 2, 'content-range': 'bytes 2-4/10' }).end('23'),
      ],
    ])('refuses an answer %s, and holds no connection for it', async (_, get) => {
      const { store, sockets } = await fake({ get });
      await expectUnavailable(store.openRead(KEY, { range: { start: 2, end: 4 } }));
      // Those that wait for the next request are closed as well.
      await store.close();
      await until(() => sockets.size === 0);
    });

    it('tells a missing object from a missing bucket and from a proxy that knows neither', async () => {
      const absent = await fake({ get: failWith(404, 'NoSuchKey') });
      await expect(absent.store.openRead(KEY)).rejects.toBeInstanceOf(NoSuchObjectError);
      const bucketless = await fake({ get: failWith(404, 'NoSuchBucket') });
      await expectUnavailable(bucketless.store.openRead(KEY));
      const proxy = await fake({
        get: (_request, response) => void response.writeHead(404).end('<html>no</html>'),
      });
      await expectUnavailable(proxy.store.openRead(KEY));
    });

    it('tries again when the connection was closed before the answer began', async () => {
      let requests = 0;
      const { store } = await fake({
        get: (request, response) => {
          requests += 1;
          if (requests === 2) request.socket.resetAndDestroy();
          else response.writeHead(200, { 'content-length': 2 }).end('ok');
        },
      });
      for (let reads = 0; reads < 2; reads += 1) {
        const { body } = await store.openRead(KEY);
        expect(Buffer.concat(await body.toArray()).toString()).toBe('ok');
      }
      expect(requests).toBe(3);
    });

    it('is at its end with the last byte, whatever the store does, and so is its connection', async () => {
      const { store, sockets } = await fake({
        get: (_request, response) => {
          response.writeHead(200, { 'content-length': 2_000_000, connection: 'keep-alive' });
          response.write(Buffer.alloc(2_000_000));
        },
      });
      const { body } = await store.openRead(KEY);
      expect(Buffer.concat(await body.toArray())).toHaveLength(2_000_000);
      await store.close();
      await until(() => sockets.size === 0);
    });
  });

  describe('head', () => {
    it('finds nothing only where the bucket is there', async () => {
      const absent = await fake({ head: plain(404), headBucket: plain(200) });
      await expect(absent.store.head(KEY)).resolves.toBeUndefined();
      const bucketless = await fake({ head: plain(404), headBucket: plain(404) });
      await expectUnavailable(bucketless.store.head(KEY));
    });
  });

  describe('sending a part', () => {
    const part = { key: KEY, uploadId: UPLOAD, partNumber: 1, sizeBytes: 64 * 1024 * 1024 };

    it('fails when the store breaks the connection while the upload lives', async () => {
      const { store, seen } = await fake({
        put: (request) => void request.once('data', () => request.socket.resetAndDestroy()),
        listParts: (_request, response) => void response.end('<ListPartsResult></ListPartsResult>'),
      });
      const body = zeros(part.sizeBytes);
      await expectUnavailable(store.putPart(part, body));
      expect(body.destroyed).toBe(true);
      expect(seen.filter((operation) => operation === 'put')).toHaveLength(1);
    });

    it('says that the upload is gone when that is why the store broke the connection', async () => {
      const { store } = await fake({
        put: (request) => void request.once('data', () => request.socket.resetAndDestroy()),
        listParts: failWith(404, 'NoSuchUpload'),
      });
      const sent = store.putPart(part, zeros(part.sizeBytes));
      await expect(sent).rejects.toBeInstanceOf(NoSuchMultipartUploadError);
    });

    it.each(['takes no bytes', 'takes all bytes and never answers'])(
      'gives up on a store that %s',
      async (how) => {
        let request: http.IncomingMessage | undefined;
        const { store, sockets } = await fake({
          put: (incoming) => {
            request = how === 'takes no bytes' ? incoming.pause() : incoming.resume();
          },
        });
        const body = zeros(part.sizeBytes);
        await expectUnavailable(store.putPart(part, body));
        expect(body.destroyed).toBe(true);
        // A server that does not read does not notice either that the connection was closed.
        request?.resume();
        await until(() => sockets.size === 0);
      },
    );

    it('waits for a sender that is slower than the store may be', async () => {
      const { store } = await fake({ put: answerWhenReceived });
      async function* slow() {
        yield Buffer.from('12345');
        await passed(500);
        yield Buffer.from('67890');
      }
      const stored = store.putPart({ ...part, sizeBytes: 10 }, Readable.from(slow()));
      await expect(stored).resolves.toEqual({ etag: '10', sizeBytes: 10 });
    });

    it.each<[string, (body: Readable, gone: AbortController) => void, unknown]>([
      [
        'is aborted',
        (_body, gone) => {
          gone.abort();
        },
        expect.objectContaining({ name: 'AbortError' }),
      ],
      ['loses its sender', (body) => void body.destroy(), expect.any(TruncatedBodyError)],
    ])('ends the request at once when it %s', async (_, breakOff, error) => {
      let received = false;
      const { store, sockets } = await fake(
        {
          put: (request) =>
            void request.once('data', () => {
              received = true;
            }),
        },
        {},
      );
      const gone = new AbortController();
      const body = zeros(part.sizeBytes);
      const sent = store.putPart(part, body, gone.signal).catch((failure: unknown) => failure);
      await until(() => received);
      breakOff(body, gone);
      await expect(sent).resolves.toEqual(error);
      await until(() => sockets.size === 0);
    });

    it('never lets the store have a whole body from a sender that failed', async () => {
      let takenWhole = false;
      const { store, sockets } = await fake({
        put: (request) => {
          request.resume();
          request.on('end', () => {
            takenWhole = true;
          });
        },
      });
      async function* failing() {
        yield Buffer.alloc(10);
        await turn();
        throw new Error('broken');
      }
      const sent = store.putPart({ ...part, sizeBytes: 10 }, Readable.from(failing()));
      await expect(sent).rejects.toBeInstanceOf(TruncatedBodyError);
      await until(() => sockets.size === 0);
      expect(takenWhole).toBe(false);
    });

    it('stops sending when the store refuses early', async () => {
      const { store, sockets } = await fake({ put: failWith(404, 'NoSuchUpload') });
      const body = zeros(part.sizeBytes);
      await expect(store.putPart(part, body)).rejects.toBeInstanceOf(NoSuchMultipartUploadError);
      expect(body.destroyed).toBe(true);
      await until(() => sockets.size === 0);
    });
  });

  describe('completing', () => {
    const complete = (store: ObjectStore) => store.completeMultipartUpload(KEY, UPLOAD, PARTS);
    const failures: [string, Answer][] = [
      ['a 200 with an error inside', (_request, response) => void response.end(xmlError('InternalError'))],
      [
        'a 200 that breaks off',
        (_request, response) =>
          void response
            .writeHead(200, { 'content-length': 500 })
            .write('<?xml', () => response.socket?.destroy()),
      ],
      ['no answer in time', () => undefined],
      ['NoSuchUpload', failWith(404, 'NoSuchUpload')],
      ['500', failWith(500, 'InternalError')],
      ['a broken connection', (request) => void request.socket.resetAndDestroy()],
    ];

    it.each(failures)('succeeds after %s when the object is there', async (_, answer) => {
      const { store } = await fake({ complete: answer, head: lengthOnly(10) });
      await expect(complete(store)).resolves.toBeUndefined();
    });

    it.each(failures)('may be tried again after %s when the upload is still there', async (_, answer) => {
      const { store } = await fake({
        complete: answer,
        head: plain(404),
        headBucket: plain(200),
        listParts: (_request, response) => void response.end('<ListPartsResult></ListPartsResult>'),
      });
      await expectUnavailable(complete(store));
    });

    it.each(failures)(
      'says after %s that the upload is lost when it is, with no object',
      async (_, answer) => {
        const { store } = await fake({
          complete: answer,
          head: plain(404),
          headBucket: plain(200),
          listParts: failWith(404, 'NoSuchUpload'),
        });
        await expect(complete(store)).rejects.toBeInstanceOf(NoSuchMultipartUploadError);
      },
    );

    it('sees an object that appears while it asks what became of the upload', async () => {
      let heads = 0;
      const { store } = await fake({
        complete: failWith(404, 'NoSuchUpload'),
        head: (request, response) => {
          heads += 1;
          (heads === 1 ? plain(404) : lengthOnly(10))(request, response);
        },
        headBucket: plain(200),
        listParts: failWith(404, 'NoSuchUpload'),
      });
      await expect(complete(store)).resolves.toBeUndefined();
    });

    it('does not take an object of another size for its own', async () => {
      const { store } = await fake({ complete: failWith(404, 'NoSuchUpload'), head: lengthOnly(11) });
      await expect(complete(store)).rejects.toBeInstanceOf(PartMismatchError);
    });

    it('never guesses when the store cannot be asked', async () => {
      const { store } = await fake({ complete: failWith(500, 'InternalError'), head: plain(500) });
      await expectUnavailable(complete(store));
    });

    it.each(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'])(
      'takes %s for a mismatch',
      async (code) => {
        const { store } = await fake({ complete: failWith(400, code) });
        await expect(complete(store)).rejects.toBeInstanceOf(PartMismatchError);
      },
    );
  });

  const calls: [string, (store: ObjectStore) => Promise<unknown>][] = [
    ['create', (store) => store.createMultipartUpload(KEY)],
    [
      'put',
      (store) =>
        store.putPart(
          { key: KEY, uploadId: UPLOAD, partNumber: 1, sizeBytes: 3 },
          Readable.from([Buffer.from('abc')]),
        ),
    ],
    ['complete', (store) => store.completeMultipartUpload(KEY, UPLOAD, PARTS)],
    ['abort', (store) => store.abortMultipartUpload(KEY, UPLOAD)],
    ['head', (store) => store.head(KEY)],
    ['read', (store) => store.openRead(KEY)],
    ['delete', (store) => store.delete(KEY)],
    ['list', (store) => drain(store.list('blobs/'))],
    ['list uploads', (store) => drain(store.listMultipartUploads('blobs/'))],
    ['check', (store) => store.check()],
  ];

  const unusable = 'not usable right now';
  describe.each<[string, Answer, string | undefined]>([
    ['is overloaded', failWith(503, 'SlowDown'), 'overloaded right now'],
    ['refuses the credentials', failWith(403, 'InvalidAccessKeyId'), unusable],
    ['has no such bucket', failWith(404, 'NoSuchBucket'), unusable],
    ['redirects to another region', failWith(301, 'PermanentRedirect'), unusable],
    ['answers nonsense', (_request, response) => void response.writeHead(418).end('{}'), undefined],
    ['never answers', () => undefined, 'not reachable right now'],
  ])('a store that %s', (_, answer, reason) => {
    it.each(calls)('makes %s fail as unavailable, and says so', async (_name, call) => {
      const everything: Operation[] = ['put', 'complete', 'listParts', 'head', 'headBucket', 'get', 'other'];
      const { store } = await fake(Object.fromEntries(everything.map((operation) => [operation, answer])));
      await expectUnavailable(call(store), reason && `The object store is ${reason}.`);
    });
  });

  it.each(calls)('makes %s fail as unavailable when nobody listens', async (_, call) => {
    const { store } = await fake({});
    for (const close of closing.splice(0)) await close();
    const port = await freePort();
    await expectUnavailable(call(storeAt(port, FAST)));
    await store.close();
  });

  it('gives up on a host that accepts no connection', async () => {
    const { port, stop } = await deafHost();
    const store = storeAt(port, {
      ...FAST,
      connectMs: 200,
      answerMs: 60_000,
      callMs: 60_000,
      stallMs: 60_000,
    });
    closing.push(stop, () => store.close());
    await expectUnavailable(store.openRead(KEY));
  });
});

function storeAt(port: number, timeouts: Partial<S3Timeouts>): ObjectStore {
  const settings = {
    bucket: BUCKET,
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    useTls: false,
    pathStyle: true,
  };
  return createS3ObjectStore({ ...settings, endpoint: `127.0.0.1:${port}` }, timeouts);
}

function operationOf({ method, url }: http.IncomingMessage): Operation {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://store');
  const aboutObject = pathname.split('/').length > 2 && pathname !== `/${BUCKET}/`;
  if (method === 'HEAD') return aboutObject ? 'head' : 'headBucket';
  if (method === 'PUT' && searchParams.has('partNumber')) return 'put';
  if (method === 'POST' && searchParams.has('uploadId')) return 'complete';
  if (method === 'GET' && searchParams.has('uploadId')) return 'listParts';
  return method === 'GET' && aboutObject ? 'get' : 'other';
}

function plain(status: number): Answer {
  return (_request, response) => void response.writeHead(status).end();
}

function lengthOnly(sizeBytes: number): Answer {
  return (_request, response) => void response.writeHead(200, { 'content-length': sizeBytes }).end();
}

function failWith(status: number, code: string): Answer {
  return (request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? undefined : xmlError(code));
  };
}

function xmlError(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${BUCKET} ${KEY}</Message></Error>`;
}

/** The etag tells how many bytes came. */
function answerWhenReceived(request: http.IncomingMessage, response: http.ServerResponse): void {
  let receivedBytes = 0;
  request.on('data', (chunk: Buffer) => {
    receivedBytes += chunk.length;
  });
  request.on('end', () => response.writeHead(200, { etag: `"${receivedBytes}"` }).end());
}

function zeros(sizeBytes: number): Readable {
  let left = sizeBytes;
  return new Readable({
    read() {
      const chunk = Buffer.alloc(Math.min(left, 64 * 1024));
      left -= chunk.length;
      this.push(chunk.length === 0 ? null : chunk);
    },
  });
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined();
}

async function expectUnavailable(work: Promise<unknown>, message?: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(DependencyUnavailableError);
  expect(error).toMatchObject({ dependency: 'object-store', ...(message === undefined ? {} : { message }) });
  expect((error as Error).message).not.toMatch(/secret|blobs|127\.0\.0\.1/);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await passed(2);
}

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A listening port whose owner never accepts and whose queue is full: the kernel drops what comes. */
async function deafHost(): Promise<{ port: number; stop: () => Promise<void> }> {
  const source = `
    const net = require('node:net');
    const { parentPort } = require('node:worker_threads');
    const server = net.createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);
    });`;
  const worker = new Worker(source, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: 4 }, () => http.get({ port, host: '127.0.0.1', agent: false }));
  for (const filler of fillers) filler.on('error', () => undefined);
  return {
    port,
    stop: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
