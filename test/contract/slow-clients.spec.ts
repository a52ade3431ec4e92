import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { type Answer, HttpClient, toAnswer } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import { begin, digestOf, listParts, openFilesUnder, sendPart, someBytes, upload } from './upload-steps.js';

/** Per second; a byte every 25 ms is twice as fast. */
const LEAST_BYTES = 20;
const TICK_MS = 25;
const WINDOW_MS = 900;
const STALL_MS = 1000;
const FLAGS = [
  ...['--min-body-rate', String(LEAST_BYTES), '--min-body-rate-window', `${WINDOW_MS}ms`],
  ...['--download-stall-timeout', `${STALL_MS}ms`],
];
const MOUTHFUL_BYTES = 8 * 2 ** 20;
/** More than sockets and streams hold, so that a download cannot end unread. */
const LARGE = Buffer.alloc(64 * 2 ** 20, someBytes(1021));

jest.setTimeout(60_000);

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  let service: RunningService;
  let writer: HttpClient;
  let ca: string | undefined;

  beforeAll(async () => {
    service = await startService({ tls: scheme === 'https', flags: FLAGS });
    const { baseUrl, bootstrapToken, certificateFile } = service;
    ca = certificateFile === undefined ? undefined : await readFile(certificateFile, 'utf8');
    const address = { baseUrl, ...(ca === undefined ? {} : { ca }) };
    const { token } = await PublisherClient.enroll(address, bootstrapToken);
    writer = new HttpClient(baseUrl, token, ca);
  }, 60_000);
  afterAll(() => service.stop(), 60_000);

  /** Begins a request of which the test sends or takes the rest. */
  function open(method: string, path: string, headers: Readonly<Record<string, string>> = {}): ClientRequest {
    const send = scheme === 'https' ? requestOverHttps : request;
    const outgoing = send(writer.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${writer.token ?? ''}`, ...headers },
      agent: false,
      ca,
    });
    outgoing.on('error', () => undefined);
    outgoing.flushHeaders();
    return outgoing;
  }

  async function answerOf(outgoing: ClientRequest): Promise<Answer> {
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return toAnswer(incoming.statusCode ?? 0, incoming.headers, await buffer(incoming));
  }

  /** Sends a byte at a time, faster than the least rate, but for longer than one window. */
  async function trickle(outgoing: ClientRequest, bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      outgoing.write(Buffer.of(byte));
      await delay(TICK_MS);
    }
    outgoing.end();
  }

  async function expectTooSlow(outgoing: ClientRequest): Promise<void> {
    const closed = once(outgoing, 'close');
    const answer = await answerOf(outgoing);
    expectProblem(answer, 408, 'request-timeout');
    expect(answer.headers.connection).toBe('close');
    await closed;
  }

  describe('a part', () => {
    it('that stops coming ends with 408, and leaves no trace', async () => {
      const bytes = someBytes(1000);
      const { id } = await begin(writer, bytes, { expected_size_bytes: 1010 });
      const before = await sendPart(writer, id, 1, bytes.subarray(0, 10));
      for (const number of [1, 2]) {
        const outgoing = open('PUT', `/v1/uploads/${id}/parts/${number}`, { 'content-length': '1000' });
        outgoing.write(bytes.subarray(0, 500));
        await expectTooSlow(outgoing);
      }
      expect(await listParts(writer, id)).toEqual([
        { part_number: 1, etag: before.etag, size_bytes: before.size_bytes },
      ]);
      const [api] = service.apis;
      await waitFor(async () => (await openFilesUnder(service.storageDir, api?.pid ?? 0)) === 0);
    });

    it.each<Record<string, string>>([
      { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' },
      { expect: '100-continue' },
    ])('is held to it with %j', async (headers) => {
      const { id } = await begin(writer, someBytes(1000));
      const outgoing = open('PUT', `/v1/uploads/${id}/parts/1`, { 'content-length': '1000', ...headers });
      await expectTooSlow(outgoing);
      expect(await listParts(writer, id)).toEqual([]);
    });

    it('that comes slowly, but not too slowly, is taken however long it lasts', async () => {
      const bytes = someBytes((3 * WINDOW_MS) / TICK_MS);
      const { id } = await begin(writer, bytes);
      const outgoing = open('PUT', `/v1/uploads/${id}/parts/1`, { 'content-length': String(bytes.length) });
      const [answer] = await Promise.all([answerOf(outgoing), trickle(outgoing, bytes)]);
      expect(answer).toMatchObject({ status: 200, json: { size_bytes: bytes.length } });
    });
  });

  describe('a JSON body', () => {
    const headers = { 'content-type': 'application/json' };

    it('that stops coming ends with 408', async () => {
      const outgoing = open('POST', '/v1/images', { ...headers, 'content-length': '30' });
      outgoing.write('{"name":');
      await expectTooSlow(outgoing);
    });

    it('that stops coming in chunks ends with 408', async () => {
      const outgoing = open('POST', '/v1/images', { ...headers, 'transfer-encoding': 'chunked' });
      outgoing.write('{"name":"never"}');
      await expectTooSlow(outgoing);
      expect((await writer.get('/v1/images/never')).status).toBe(404);
    });

    it('that comes slowly, but not too slowly, is taken', async () => {
      const body = Buffer.from(
        JSON.stringify({ name: `slow-${scheme}`, description: 'x'.repeat((2 * WINDOW_MS) / TICK_MS) }),
      );
      const outgoing = open('POST', '/v1/images', { ...headers, 'content-length': String(body.length) });
      const [answer] = await Promise.all([answerOf(outgoing), trickle(outgoing, body)]);
      expect(answer.status).toBe(201);
    });
  });

  describe('a download', () => {
    beforeAll(async () => {
      await upload(writer, LARGE);
    });

    async function beginDownload(): Promise<IncomingMessage> {
      const outgoing = open('GET', `/v1/blobs/${digestOf(LARGE)}`);
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      expect(incoming.statusCode).toBe(200);
      return incoming;
    }

    it('of which the client takes nothing is cut, and frees what it held', async () => {
      const incoming = await beginDownload();
      const [api] = service.apis;
      const openFiles = () => openFilesUnder(service.storageDir, api?.pid ?? 0);
      expect(await openFiles()).toBe(1);
      await waitFor(async () => (await openFiles()) === 0, { what: 'the file to be closed' });
      await expect(buffer(incoming)).rejects.toThrow('aborted');
    });

    it('of which the client takes a little now and then goes on', async () => {
      const incoming = await beginDownload();
      const beganAtMs = performance.now();
      const chunks: Buffer[] = [];
      let takenBytes = 0;
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        takenBytes += chunk.length;
        // A pause is noticed by how full the buffers of the system are, which are some MiB.
        if (takenBytes >= MOUTHFUL_BYTES) {
          takenBytes = 0;
          await delay(STALL_MS / 2);
        }
      }
      expect(performance.now() - beganAtMs).toBeGreaterThan(2 * STALL_MS);
      expect(digestOf(Buffer.concat(chunks))).toBe(digestOf(LARGE));
    });
  });
});

/** Time-outs that are no setting. */
describe('a connection', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ workers: 0 });
  }, 60_000);
  afterAll(() => service.stop(), 60_000);

  function logged(message: RegExp): Record<string, unknown> | undefined {
    const [api] = service.apis;
    const line = api?.stderr.split('\n').find((text) => message.test(text));
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  }

  it.each([
    { what: 'not HTTP', bytes: 'no http at all\r\n\r\n', status: 400 },
    {
      what: 'a header that is too large',
      bytes: `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
    { what: 'a header that does not end', bytes: 'GET / HTTP/1.1\r\nHost:', status: 408 },
  ])('with $what gets $status, which the log tells of', async ({ bytes, status }) => {
    const connection = await RawConnection.open(service.baseUrl);
    connection.write(bytes);
    const answer = await waitFor(() => connection.text.includes('}'), { timeoutMs: 25_000 }).then(() =>
      connection.answer(),
    );
    expectProblem(answer, status, status === 408 ? 'request-timeout' : 'invalid-request');
    await connection.closed();
    const id = answer.headers['x-request-id'] as string;
    const line = await waitFor(() => logged(new RegExp(id)), { what: 'a log line with the id' });
    expect(line).toMatchObject({
      level: 'info',
      request_id: id,
      status,
      reason: expect.any(String) as string,
    });
  });
});
