import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { filesIn } from '../faults/store-files.js';
import { executeSql } from '../support/execute-sql.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import { expectProblem, withoutInstance } from './problem.js';
import { RawConnection } from './raw-connection.js';
import { digestOf, openFilesUnder, someBytes, upload } from './upload-steps.js';

const MOST_BYTES = 2 ** 20;
const MOST_OPEN = 3;
const LEAST_BYTES = 20;

let service: ContractService;
let writer: HttpClient;

beforeAll(async () => {
  service = await startContractService({
    flags: [
      ...['--max-single-upload', String(MOST_BYTES), '--max-open-uploads', String(MOST_OPEN)],
      ...['--min-body-rate', String(LEAST_BYTES), '--min-body-rate-window', '900ms'],
    ],
  });
  ({ writer } = service);
}, 60_000);

afterAll(() => service.stop(), 60_000);

function putBlob(client: HttpClient, bytes: Buffer, digest = digestOf(bytes)): Promise<Answer> {
  return client.send('PUT', `/v1/blobs/${digest}`, { body: bytes });
}

async function limitedWriter(): Promise<HttpClient> {
  const { baseUrl, bootstrapToken } = service.running;
  const { token } = await PublisherClient.enroll({ baseUrl }, bootstrapToken, [`team-${randomUUID()}-*`]);
  return new HttpClient(baseUrl, token);
}

function bearer(client: HttpClient): string {
  return `Authorization: Bearer ${client.token ?? ''}`;
}

interface SessionRow {
  readonly id: string;
  readonly state: string;
}

function sessionsOf(digest: string): Promise<SessionRow[]> {
  return executeSql<SessionRow & Record<string, unknown>>(
    service.running.databaseUrl,
    'SELECT id, state FROM upload_sessions WHERE expected_digest = $1 ORDER BY created_at',
    [digest],
  );
}

async function statesOf(digest: string): Promise<readonly string[]> {
  return (await sessionsOf(digest)).map(({ state }) => state);
}

/** Resolves when no byte under the digest is left, and no upload of it counts any more. */
async function nothingIsLeft(digest: string): Promise<void> {
  await waitFor(
    async () => {
      const states = await statesOf(digest);
      const files = await filesIn(service.running.storageDir);
      const isOver = states.length > 0 && states.every((state) => state === 'aborted');
      return isOver && !files.some(({ path, sizeBytes }) => sizeBytes > 0 && path.includes(digest.slice(7)));
    },
    { what: 'the upload to leave nothing', timeoutMs: 25_000 },
  );
  expect((await writer.head(`/v1/blobs/${digest}`)).status).toBe(404);
}

/** Begins a request of which the test sends the rest. */
function open(digest: string, sizeBytes: number): ClientRequest {
  const outgoing = request(`${writer.baseUrl}/v1/blobs/${digest}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${writer.token ?? ''}`, 'content-length': String(sizeBytes) },
    agent: false,
  });
  outgoing.on('error', () => undefined);
  outgoing.flushHeaders();
  return outgoing;
}

describe('bytes in one request', () => {
  it.each([0, 1, 100_000, MOST_BYTES])('are a verified blob when it is answered: %d', async (sizeBytes) => {
    const bytes = someBytes(sizeBytes);
    const digest = digestOf(bytes);
    const answer = await putBlob(writer, bytes);
    expect(answer).toMatchObject({ status: 201, json: { digest, size_bytes: sizeBytes } });
    expect(answer.headers.location).toBe(`/v1/blobs/${digest}`);
    expect((await writer.get(`/v1/blobs/${digest}`)).bytes.equals(bytes)).toBe(true);
    expect(await statesOf(digest)).toEqual(['ready']);
    const again = await putBlob(writer, bytes);
    expect(again).toMatchObject({ status: 200, json: answer.json });
    expect(await statesOf(digest)).toEqual(['ready']);
  });

  it('are inspected as those of parts are, and can be published', async () => {
    const bytes = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), someBytes(600)]);
    await putBlob(writer, bytes);
    const parts = Buffer.concat([bytes, Buffer.from('x')]);
    await upload(writer, parts);
    const [whole, other] = await Promise.all(
      [bytes, parts].map((some) =>
        executeSql(
          service.running.databaseUrl,
          'SELECT detected_format, format_refusal, virtual_size_bytes FROM blobs WHERE digest = $1',
          [digestOf(some)],
        ),
      ),
    );
    expect(whole).toEqual(other);
    const { publisher } = service;
    const [image, blob] = [`image-${randomUUID()}`, { digest: digestOf(bytes), sizeBytes: bytes.length }];
    await publisher.createImage(image);
    await publisher.createVersion(image, '1.0');
    await publisher.addArtifact(image, '1.0', { format: 'qcow2', blob });
    await expect(publisher.publish(image, '1.0')).rejects.toThrow('qcow2');
  });

  it('that two bring at once are one blob, which both have brought', async () => {
    const bytes = someBytes(50_000);
    const both = await Promise.all([limitedWriter(), limitedWriter()]);
    const answers = await Promise.all(both.map((client) => putBlob(client, bytes)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    for (const client of both) {
      expect((await client.get(`/v1/blobs/${digestOf(bytes)}`)).bytes.equals(bytes)).toBe(true);
    }
    await waitFor(
      async () => {
        const files = await filesIn(service.running.storageDir);
        return files.filter(({ sizeBytes }) => sizeBytes === bytes.length).length === 1;
      },
      { what: 'the second copy to be removed' },
    );
  });

  it('repair a damaged blob', async () => {
    const bytes = someBytes(1000);
    const digest = digestOf(bytes);
    await putBlob(writer, bytes);
    for (const { path, sizeBytes } of await filesIn(service.running.storageDir)) {
      // Or a worker would find out that nothing is wrong with it.
      if (sizeBytes === bytes.length && path.includes(digest.slice(7))) await rm(path);
    }
    await executeSql(
      service.running.databaseUrl,
      `UPDATE blobs SET state = 'damaged', damage = 'lost', damaged_at = now() WHERE digest = $1`,
      [digest],
    );
    expectProblem(await writer.get(`/v1/blobs/${digest}`), 503, 'blob-damaged');
    expect((await putBlob(writer, bytes)).status).toBe(201);
    expect((await writer.get(`/v1/blobs/${digest}`)).bytes.equals(bytes)).toBe(true);
  });

  it('are in the audit log and in the metrics of what came', async () => {
    const bytes = someBytes(321);
    await putBlob(writer, bytes);
    const [session] = await sessionsOf(digestOf(bytes));
    const events = await service.manager.get(`/v1/audit-events?resource=uploads/${session?.id ?? ''}`);
    const actions = (events.members.audit_events as { action: string }[]).map(({ action }) => action);
    expect(actions).toEqual(['upload.complete', 'upload.begin']);
  });
});

describe('whoever has not brought a blob', () => {
  it('cannot tell by it whether the digest is known, and has it after bringing the bytes', async () => {
    const bytes = someBytes(300);
    const digest = digestOf(bytes);
    await putBlob(writer, bytes);
    const prober = await limitedWriter();
    expectProblem(await prober.get(`/v1/blobs/${digest}`), 404, 'blob-not-found');
    const rubbish = Buffer.alloc(300, 'x');
    const known = await putBlob(prober, rubbish, digest);
    const unknown = await putBlob(prober, rubbish, digestOf(someBytes()));
    expectProblem(known, 400, 'digest-mismatch');
    expect(withoutInstance(known)).toEqual(withoutInstance(unknown));
    const size = await putBlob(prober, Buffer.alloc(301, 'x'), digest);
    expect(withoutInstance(size)).toEqual(withoutInstance(unknown));
    expect((await prober.head(`/v1/blobs/${digest}`)).status).toBe(404);
    expect((await putBlob(prober, bytes)).status).toBe(201);
    expect((await prober.head(`/v1/blobs/${digest}`)).status).toBe(200);
    expect((await putBlob(prober, bytes)).status).toBe(200);
  });

  it('sends bytes that are known to somebody else: the service asks for them', async () => {
    const bytes = someBytes(100);
    await putBlob(writer, bytes);
    const other = await limitedWriter();
    const connection = await RawConnection.open(writer.baseUrl);
    const headers = [bearer(other), 'Expect: 100-continue', 'Content-Length: 100'];
    connection.request(`PUT /v1/blobs/${digestOf(bytes)}`, headers);
    expect(await connection.answer()).toMatchObject({ status: 100 });
    connection.write(bytes);
    expect(await connection.answer()).toMatchObject({ status: 201 });
    connection.cut();
  });
});

describe('of bytes that nobody wants', () => {
  const bytes = Buffer.from('the bytes of these tests'.padEnd(100));
  const digest = digestOf(bytes);
  const unknown = digestOf(someBytes());
  beforeAll(() => putBlob(writer, bytes));

  it.each<[string, number, string | undefined, () => readonly [string, readonly string[]]]>([
    ['known ones', 200, undefined, () => [digest, ['Content-Length: 100', bearer(writer)]]],
    ['another size', 412, 'blob-size-conflict', () => [digest, ['Content-Length: 99', bearer(writer)]]],
    ['nobody', 401, 'unauthenticated', () => [unknown, ['Content-Length: 100']]],
    ['who may not', 403, 'forbidden', () => [unknown, ['Content-Length: 100', bearer(service.manager)]]],
    ['no digest', 400, 'invalid-request', () => ['sha256:0', ['Content-Length: 100', bearer(writer)]]],
    [
      'too many',
      413,
      'upload-too-large',
      () => [unknown, [`Content-Length: ${MOST_BYTES + 1}`, bearer(writer)]],
    ],
    ['no length', 411, 'length-required', () => [unknown, ['Transfer-Encoding: chunked', bearer(writer)]]],
  ])('not one is sent: %s', async (_what, status, code, prepare) => {
    const [path, headers] = prepare();
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT /v1/blobs/${path}`, [...headers, 'Expect: 100-continue']);
    const answer = await connection.answer();
    expect(answer.status).toBe(status);
    if (code !== undefined) expectProblem(answer, status, code);
    expect(answer.headers.connection).toBe('close');
    await connection.closed();
    expect(connection.text).toBe('');
  });

  it('a client that sends them all the same gets the answer', async () => {
    const large = someBytes(MOST_BYTES);
    await putBlob(writer, large);
    expect((await putBlob(writer, large)).status).toBe(200);
    expectProblem(await putBlob(writer, someBytes(MOST_BYTES + 1)), 413, 'upload-too-large');
  });
});

describe('nothing stays of bytes', () => {
  it('of another digest', async () => {
    const digest = digestOf(someBytes());
    expectProblem(await putBlob(writer, someBytes(70_000), digest), 400, 'digest-mismatch');
    await nothingIsLeft(digest);
  });

  it('that end early', async () => {
    const digest = digestOf(someBytes());
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT /v1/blobs/${digest}`, [bearer(writer), 'Content-Length: 1000']);
    connection.write(someBytes(500));
    connection.end();
    await connection.closed();
    await nothingIsLeft(digest);
  });

  it('of a client that goes away, at once', async () => {
    const digest = digestOf(someBytes());
    const [api] = service.running.apis;
    const openFiles = () => openFilesUnder(service.running.storageDir, api?.pid ?? 0);
    await waitFor(async () => (await openFiles()) === 0, { what: 'files that were read to be closed' });
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT /v1/blobs/${digest}`, [bearer(writer), 'Content-Length: 1000']);
    connection.write(someBytes(500));
    await waitFor(async () => (await openFiles()) > 0, { what: 'the store to take the bytes' });
    expect(await statesOf(digest)).toEqual(['created']);
    connection.cut();
    await nothingIsLeft(digest);
    await waitFor(async () => (await openFiles()) === 0, { what: 'the store to let the file go' });
  });

  it('that come too slowly', async () => {
    const digest = digestOf(someBytes());
    const outgoing = open(digest, 1000);
    outgoing.write(someBytes(500));
    const [incoming] = (await once(outgoing, 'response')) as [{ statusCode?: number }];
    expect(incoming.statusCode).toBe(408);
    outgoing.destroy();
    await nothingIsLeft(digest);
  });

  it('of an upload that was aborted meanwhile, which takes no parts either', async () => {
    const bytes = someBytes(1000);
    const digest = digestOf(bytes);
    const outgoing = open(digest, 1000);
    outgoing.write(bytes.subarray(0, 500));
    const [session] = await waitFor(
      async () => {
        const sessions = await sessionsOf(digest);
        return sessions.length > 0 ? sessions : undefined;
      },
      { what: 'the upload to be recorded' },
    );
    const path = `/v1/uploads/${session?.id ?? ''}`;
    expectProblem(await writer.send('PUT', `${path}/parts/1`, { body: someBytes() }), 412, 'upload-state');
    expectProblem(await writer.post(`${path}/complete`, { parts: [] }), 400, 'invalid-request');
    expect((await writer.post(`${path}/abort`)).status).toBe(200);
    const response = once(outgoing, 'response');
    outgoing.end(bytes.subarray(500));
    const [incoming] = (await response) as [{ statusCode?: number }];
    expect(incoming.statusCode).toBe(412);
    outgoing.destroy();
    await nothingIsLeft(digest);
  });
});

it('counts as an open upload, and what is stored counts', async () => {
  const [one, other] = [await limitedWriter(), await limitedWriter()];
  const held = await Promise.all(
    Array.from({ length: MOST_OPEN }, async () => {
      const connection = await RawConnection.open(one.baseUrl);
      connection.request(`PUT /v1/blobs/${digestOf(someBytes())}`, [
        bearer(one),
        'Expect: 100-continue',
        'Content-Length: 1000000',
      ]);
      expect(await connection.answer()).toMatchObject({ status: 100 });
      return connection;
    }),
  );
  expectProblem(await putBlob(one, someBytes()), 409, 'open-upload-limit');
  expect((await putBlob(other, someBytes())).status).toBe(201);
  held.forEach((connection) => {
    connection.cut();
  });
  await waitFor(async () => (await putBlob(one, someBytes(100))).status === 201, {
    what: 'the uploads to be given up',
  });
  const whoami = await other.get('/v1/auth/whoami');
  const { id } = whoami.members.principal as { id: string };
  const quota = `/v1/auth/principals/${id}/quota`;
  expect((await service.manager.send('PUT', quota, { json: { stored_bytes: 250 } })).status).toBe(200);
  expect((await putBlob(other, someBytes(150))).status).toBe(201);
  expect(expectProblem(await putBlob(other, someBytes(1)), 413, 'quota-exceeded')).toMatchObject({
    used: 250,
    allowed: 250,
  });
});
