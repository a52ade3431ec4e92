import { createHash, randomUUID } from 'node:crypto';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import type { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import {
  begin,
  complete,
  digestOf,
  listParts,
  openFilesUnder,
  putPart,
  sendPart,
  sessionOf,
  settled,
  someBytes,
} from './upload-steps.js';

let service: ContractService;
let writer: HttpClient;

beforeAll(async () => {
  service = await startContractService();
  ({ writer } = service);
}, 60_000);

afterAll(() => service.stop(), 60_000);

function bearer(client: HttpClient): string {
  return `Authorization: Bearer ${client.token ?? ''}`;
}

function openFiles(): Promise<number> {
  const [api] = service.running.apis;
  return openFilesUnder(service.running.storageDir, api?.pid ?? 0);
}

function base64Of(algorithm: 'sha256' | 'sha512' | 'md5', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('base64');
}

describe('a part', () => {
  it.each(['0', '10001', '99999999999', '-1', '+1', '1.5', '01', '1e1', 'x', '%20', '1%00'])(
    'has a number from 1 to 10000, not %s',
    async (number) => {
      const { id } = await begin(writer, someBytes());
      expectProblem(await putPart(writer, id, number, someBytes()), 400, 'invalid-request');
      expect(await listParts(writer, id)).toEqual([]);
    },
  );

  it('answers with what is needed to complete', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const answer = await putPart(writer, id, 10_000, bytes);
    expect(answer).toMatchObject({
      status: 200,
      json: { upload_id: id, part_number: 10_000, etag: expect.any(String) as string, size_bytes: 100 },
    });
    expect(Object.keys(answer.json as object)).toHaveLength(4);
    expect(await sessionOf(writer, id)).toMatchObject({ state: 'uploading', bytes_received: 100 });
  });

  it('is bytes whatever its media type says', async () => {
    const bytes = Buffer.from('{"not": json');
    const { id } = await begin(writer, bytes);
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      expect((await putPart(writer, id, 1, bytes, { 'content-type': type })).status).toBe(200);
    }
  });

  it('sent again replaces the one before', async () => {
    const [wrong, right] = [someBytes(50), someBytes()];
    const { id } = await begin(writer, right);
    const first = await sendPart(writer, id, 1, wrong);
    const second = await sendPart(writer, id, 1, right);
    expect(await listParts(writer, id)).toEqual([
      { part_number: 1, etag: second.etag, size_bytes: right.length },
    ]);
    expectProblem(await complete(writer, id, [first]), 412, 'part-mismatch');
    expect((await complete(writer, id, [second])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
  });

  it('needs a Content-Length when it is not chunked', async () => {
    const { id } = await begin(writer, someBytes());
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT /v1/uploads/${id}/parts/1`, [bearer(writer)]);
    expectProblem(await connection.answer(), 411, 'length-required');
    connection.cut();
    expect(await listParts(writer, id)).toEqual([]);
  });

  it.each(['5368709121', '1099511627776', '18446744073709551615'])(
    'has at most 5 GiB: %s bytes are refused before they are sent',
    async (length) => {
      const { id } = await begin(writer, someBytes(), { expected_size_bytes: 2 ** 40 });
      const connection = await RawConnection.open(writer.baseUrl);
      connection.request(`PUT /v1/uploads/${id}/parts/1`, [bearer(writer), `Content-Length: ${length}`]);
      expectProblem(await connection.answer(), 413, 'part-too-large');
      connection.cut();
    },
  );

  it.each(['-1', '1x', '0x10', '1, 2', '99999999999999999999999'])(
    'is refused when its Content-Length is %s',
    async (length) => {
      const { id } = await begin(writer, someBytes());
      const connection = await RawConnection.open(writer.baseUrl);
      connection.request(`PUT /v1/uploads/${id}/parts/1`, [bearer(writer), `Content-Length: ${length}`]);
      expect((await connection.answer()).status).toBe(400);
      await connection.closed();
      expect(await listParts(writer, id)).toEqual([]);
    },
  );
});

describe('a digest sent with a part', () => {
  const bytes = someBytes();
  const sha256 = base64Of('sha256', bytes);
  const wrong = base64Of('sha256', someBytes());
  const md5 = base64Of('md5', bytes);

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a sha-256', { 'content-digest': `sha-256=:${sha256}:` }],
    ['a sha-256 with a parameter', { 'content-digest': `sha-256=:${sha256}:;from=client` }],
    ['a sha-256 among others', { 'content-digest': `sha-512=:AAAA:, sha-256=:${sha256}:` }],
    ['an algorithm that is not checked', { 'content-digest': `sha-512=:${base64Of('sha512', bytes)}:` }],
    ['an MD5', { 'content-md5': md5 }],
    ['both', { 'content-digest': `sha-256=:${sha256}:`, 'content-md5': md5 }],
  ])('is taken when it agrees: %s', async (_what, headers) => {
    const { id } = await begin(writer, bytes);
    expect((await putPart(writer, id, 1, bytes, headers)).status).toBe(200);
    expect(await listParts(writer, id)).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a sha-256', { 'content-digest': `sha-256=:${wrong}:` }],
    ['an MD5', { 'content-md5': base64Of('md5', someBytes()) }],
    ['a sha-256 beside a right MD5', { 'content-digest': `sha-256=:${wrong}:`, 'content-md5': md5 }],
    [
      'an MD5 beside a right sha-256',
      { 'content-digest': `sha-256=:${sha256}:`, 'content-md5': 'A'.repeat(22) + '==' },
    ],
  ])('that does not agree leaves the part out: %s', async (_what, headers) => {
    const { id } = await begin(writer, bytes);
    const before = await sendPart(writer, id, 1, bytes);
    expectProblem(await putPart(writer, id, 1, bytes, headers), 400, 'part-digest-mismatch');
    expect(await listParts(writer, id)).toMatchObject([{ part_number: 1, etag: before.etag }]);
    const fresh = await begin(writer, bytes);
    expectProblem(await putPart(writer, fresh.id, 2, bytes, headers), 400, 'part-digest-mismatch');
    expect(await listParts(writer, fresh.id)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['hex', { 'content-digest': `sha-256=:${digestOf(bytes).slice(7)}:` }],
    ['no colons', { 'content-digest': `sha-256=${sha256}` }],
    ['half a digest', { 'content-digest': 'sha-256=:AAAA:' }],
    ['an empty digest', { 'content-digest': 'sha-256=::' }],
    ['no base64', { 'content-digest': 'sha-256=:!!!!:' }],
    ['nothing', { 'content-digest': '' }],
    ['an MD5 in hex', { 'content-md5': 'd41d8cd98f00b204e9800998ecf8427e' }],
    ['an empty MD5', { 'content-md5': '' }],
  ])('is refused when it is malformed: %s', async (_what, headers) => {
    const { id } = await begin(writer, bytes);
    expectProblem(await putPart(writer, id, 1, bytes, headers), 400, 'invalid-request');
    expect(await listParts(writer, id)).toEqual([]);
  });
});

describe('a client that goes away in the middle of a part', () => {
  it('leaves the record as it was, nothing open, and no error in the log', async () => {
    const bytes = someBytes(8_000_000);
    const { id } = await begin(writer, bytes);
    const kept = await sendPart(writer, id, 1, bytes);
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT /v1/uploads/${id}/parts/1`, [bearer(writer), 'Content-Length: 8000000']);
    connection.write(someBytes(4_000_000));
    await waitFor(async () => (await openFiles()) > 0, { what: 'the store to take the part' });
    connection.cut();
    await waitFor(async () => (await openFiles()) === 0, { what: 'the store to let the part go' });
    expect(service.running.apis[0]?.stderr).not.toContain('"level":"error"');
    expect(await listParts(writer, id)).toMatchObject([{ part_number: 1, etag: kept.etag }]);
    expect((await complete(writer, id, [kept])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
  });
});

describe('Expect: 100-continue', () => {
  const expectation = ['Expect: 100-continue', 'Content-Length: 100'];

  it('is answered when the bytes are wanted', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT /v1/uploads/${id}/parts/1`, [bearer(writer), ...expectation]);
    expect(await connection.answer()).toMatchObject({ status: 100 });
    connection.write(bytes);
    expect(await connection.answer()).toMatchObject({ status: 200, json: { size_bytes: 100 } });
    connection.cut();
  });

  it.each<[string, number, string, () => Promise<readonly [string, readonly string[]]>]>([
    ['nobody', 401, 'unauthenticated', async () => [await partPath(), []]],
    ['a wrong token', 401, 'unauthenticated', async () => [await partPath(), ['Authorization: Bearer x']]],
    ['one who may not write', 403, 'forbidden', async () => [await partPath(), [bearer(service.manager)]]],
    ['part 0', 400, 'invalid-request', async () => [await partPath('0'), [bearer(writer)]]],
    [
      'an upload that is not there',
      404,
      'upload-not-found',
      () => Promise.resolve([`/v1/uploads/${randomUUID()}/parts/1`, [bearer(writer)]]),
    ],
    [
      'a malformed Content-Digest',
      400,
      'invalid-request',
      async () => [await partPath(), [bearer(writer), 'Content-Digest: x']],
    ],
  ])('costs no transfer for %s', async (_who, status, code, prepare) => {
    const [path, headers] = await prepare();
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`PUT ${path}`, [...headers, ...expectation]);
    const answer = await connection.answer();
    expectProblem(answer, status, code);
    expect(answer.headers.connection).toBe('close');
    await connection.closed();
    expect(connection.text).toBe('');
  });

  it('is answered for JSON too, but not before the media type is right', async () => {
    const body = JSON.stringify({ expected_digest: digestOf(someBytes()), expected_size_bytes: 100 });
    const headers = [bearer(writer), 'Expect: 100-continue', `Content-Length: ${body.length}`];
    const refused = await RawConnection.open(writer.baseUrl);
    refused.request('POST /v1/uploads', [...headers, 'Content-Type: text/plain']);
    expectProblem(await refused.answer(), 415, 'unsupported-media-type');
    const taken = await RawConnection.open(writer.baseUrl);
    taken.request('POST /v1/uploads', [...headers, 'Content-Type: application/json']);
    expect(await taken.answer()).toMatchObject({ status: 100 });
    taken.write(body);
    expect(await taken.answer()).toMatchObject({ status: 201 });
    taken.cut();
  });

  it('is the only expectation that is met', async () => {
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request('GET /healthz', ['Expect: 200-ok']);
    expect(await connection.answer()).toMatchObject({ status: 417 });
    connection.cut();
  });
});

async function partPath(number = '1'): Promise<string> {
  const { id } = await begin(writer, someBytes());
  return `/v1/uploads/${id}/parts/${number}`;
}
