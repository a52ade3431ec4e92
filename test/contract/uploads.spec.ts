import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type ContractService, startContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import {
  begin,
  complete,
  digestOf,
  listParts,
  type Part,
  putPart,
  sendPart,
  sessionOf,
  settled,
  SMALLEST_PART_BYTES,
  someBytes,
  upload,
} from './upload-steps.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TiB = 2 ** 40;

let service: ContractService;
let writer: HttpClient;

beforeAll(async () => {
  service = await startContractService();
  ({ writer } = service);
}, 60_000);

afterAll(() => service.stop(), 60_000);

function announcement(changes: Readonly<Record<string, unknown>> = {}) {
  return { expected_digest: digestOf(someBytes()), expected_size_bytes: 100, ...changes };
}

describe('beginning an upload', () => {
  const hex = 'a'.repeat(64);
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no digest', { expected_digest: undefined }, '/expected_digest'],
    ['a digest in upper case', { expected_digest: `sha256:${hex.toUpperCase()}` }, '/expected_digest'],
    ['an algorithm in upper case', { expected_digest: `SHA256:${hex}` }, '/expected_digest'],
    ['a digest without an algorithm', { expected_digest: hex }, '/expected_digest'],
    ['another algorithm', { expected_digest: `sha512:${hex}${hex}` }, '/expected_digest'],
    ['a digest that is too short', { expected_digest: `sha256:${hex.slice(1)}` }, '/expected_digest'],
    ['a digest with a line break', { expected_digest: `sha256:${hex}\n` }, '/expected_digest'],
    ['a digest in a list', { expected_digest: [`sha256:${hex}`] }, '/expected_digest'],
    ['a null digest', { expected_digest: null }, '/expected_digest'],
    ['no size', { expected_size_bytes: undefined }, '/expected_size_bytes'],
    ['a negative size', { expected_size_bytes: -1 }, '/expected_size_bytes'],
    ['a fraction', { expected_size_bytes: 1.5 }, '/expected_size_bytes'],
    ['a size in a string', { expected_size_bytes: '100' }, '/expected_size_bytes'],
    ['a null size', { expected_size_bytes: null }, '/expected_size_bytes'],
    ['a media type without a subtype', { media_type_hint: 'text' }, '/media_type_hint'],
    ['a media type of 256 characters', { media_type_hint: `text/${'x'.repeat(251)}` }, '/media_type_hint'],
    ['a file name with a slash', { filename_hint: '../etc/passwd' }, '/filename_hint'],
    ['a file name with NUL', { filename_hint: 'a\0b' }, '/filename_hint'],
    ['an empty file name', { filename_hint: '' }, '/filename_hint'],
    ['an unknown member', { expected_sha256: hex }, '/expected_sha256'],
  ])('is refused for %s', async (_what, changes, pointer) => {
    const answer = await writer.post('/v1/uploads', announcement(changes));
    const problem = expectProblem(answer, 400, 'invalid-request');
    expect(problem.errors).toEqual([{ pointer, detail: expect.stringMatching(/\w/) as string }]);
  });

  it.each([5 * TiB + 1, Number.MAX_SAFE_INTEGER, 2 ** 60, 1e300])(
    'is refused for %d bytes, which are more than 5 TiB',
    async (expected_size_bytes) => {
      expectProblem(
        await writer.post('/v1/uploads', announcement({ expected_size_bytes })),
        413,
        'upload-too-large',
      );
    },
  );

  it('takes 5 TiB and advises parts that make it possible', async () => {
    const answer = await writer.post('/v1/uploads', announcement({ expected_size_bytes: 5 * TiB }));
    expect(answer.status).toBe(201);
    const { part_size_bytes } = answer.json as { readonly part_size_bytes: number };
    expect(Math.ceil((5 * TiB) / part_size_bytes)).toBeLessThanOrEqual(10_000);
    expect(part_size_bytes).toBeLessThanOrEqual(5 * 2 ** 30);
  });

  it('gives a session and where to find it', async () => {
    const body = announcement({ media_type_hint: 'application/x-qemu-disk', filename_hint: 'dísk.qcow2' });
    const answer = await writer.post('/v1/uploads', body);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      ...body,
      id: expect.stringMatching(UUID) as string,
      state: 'created',
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      bytes_received: 0,
      bytes_verified: 0,
      part_size_bytes: expect.any(Number) as number,
    });
    const { id, expires_at } = answer.json as { readonly id: string; readonly expires_at: string };
    expect(answer.headers.location).toBe(`/v1/uploads/${id}`);
    const hoursLeft = (Date.parse(expires_at) - Date.now()) / 3_600_000;
    expect(Math.round(hoursLeft)).toBe(24);
    expect((await writer.get(`/v1/uploads/${id}`)).json).toEqual(answer.json);
    expect(await listParts(writer, id)).toEqual([]);
  });

  it('twice for one digest gives two sessions', async () => {
    const bytes = someBytes();
    expect((await begin(writer, bytes)).id).not.toBe((await begin(writer, bytes)).id);
  });

  it('is at its end at once when the bytes are known, and refused when they are known with another size', async () => {
    const bytes = someBytes();
    expect(await upload(writer, bytes)).toMatchObject({
      state: 'ready',
      bytes_received: 100,
      bytes_verified: 100,
    });
    const known = { expected_digest: digestOf(bytes), expected_size_bytes: 100 };
    const again = await writer.post('/v1/uploads', known);
    expect(again).toMatchObject({ status: 200, json: { ...known, state: 'ready' } });
    const { id } = again.json as { readonly id: string };
    expectProblem(await putPart(writer, id, 1, bytes), 412, 'upload-state');
    expectProblem(await writer.post(`/v1/uploads/${id}/abort`), 412, 'upload-state');
    const other = await writer.post('/v1/uploads', { ...known, expected_size_bytes: 101 });
    expectProblem(other, 412, 'blob-size-conflict');
  });

  it('is for content-writers, as are all the other steps', async () => {
    const { id } = await begin(writer, someBytes());
    for (const [method, path] of [
      ['POST', '/v1/uploads'],
      ['GET', `/v1/uploads/${id}`],
      ['GET', `/v1/uploads/${id}/parts`],
      ['PUT', `/v1/uploads/${id}/parts/1`],
      ['POST', `/v1/uploads/${id}/complete`],
      ['POST', `/v1/uploads/${id}/abort`],
    ] as const) {
      expectProblem(await service.anonymous.send(method, path, { body: '{' }), 401, 'unauthenticated');
      expectProblem(await service.manager.send(method, path, { body: '{' }), 403, 'forbidden');
    }
    expect(await sessionOf(writer, id)).toMatchObject({ state: 'created' });
  });
});

describe('an upload that is not there', () => {
  it.each(['GET ', 'GET /parts', 'PUT /parts/1', 'POST /abort'])('is a 404 for %s', async (call) => {
    const [method = '', rest = ''] = call.split(' ');
    expectProblem(await writer.send(method, `/v1/uploads/${randomUUID()}${rest}`), 404, 'upload-not-found');
  });

  it('cannot be completed', async () => {
    const answer = await complete(writer, randomUUID(), [{ part_number: 1, etag: 'x', size_bytes: 1 }]);
    expectProblem(answer, 404, 'upload-not-found');
  });

  it.each(['x', '1', randomUUID().toUpperCase(), `${randomUUID()}x`, randomUUID().replaceAll('-', '')])(
    'is a 400 when its id is %s',
    async (id) => {
      expectProblem(await writer.get(`/v1/uploads/${id}`), 400, 'invalid-request');
    },
  );
});

describe('completing', () => {
  it.each<[string, unknown]>([
    ['no list', {}],
    ['an empty list', { parts: [] }],
    ['a list of numbers', { parts: [1] }],
    ['a null part', { parts: [null] }],
    ['a list in a list', { parts: [[{ number: 1, etag: 'x', size_bytes: 1 }]] }],
    ['a map', { parts: { 0: { number: 1, etag: 'x', size_bytes: 1 } } }],
    ['a part without an etag', { parts: [{ number: 1, size_bytes: 1 }] }],
    ['an etag that is a number', { parts: [{ number: 1, etag: 1, size_bytes: 1 }] }],
    ['part 0', { parts: [{ number: 0, etag: 'x', size_bytes: 1 }] }],
    ['part 10001', { parts: [{ number: 10_001, etag: 'x', size_bytes: 1 }] }],
    ['a negative size', { parts: [{ number: 1, etag: 'x', size_bytes: -1 }] }],
    ['a size in a string', { parts: [{ number: 1, etag: 'x', size_bytes: '1' }] }],
    ['an unknown member of a part', { parts: [{ number: 1, etag: 'x', size_bytes: 1, md5: 'x' }] }],
    ['an unknown member', { parts: [{ number: 1, etag: 'x', size_bytes: 1 }], force: true }],
    [
      '10001 parts',
      { parts: Array.from({ length: 10_001 }, () => ({ number: 1, etag: 'x', size_bytes: 1 })) },
    ],
  ])('is refused for %s', async (_what, body) => {
    const { id } = await begin(writer, someBytes());
    const problem = expectProblem(
      await writer.post(`/v1/uploads/${id}/complete`, body),
      400,
      'invalid-request',
    );
    expect(problem.errors).not.toEqual([]);
    expect(await sessionOf(writer, id)).toMatchObject({ state: 'created' });
  });

  it.each<[string, number, string, (part: Part) => readonly Part[]]>([
    ['a part that was not received', 412, 'part-mismatch', (part) => [{ ...part, part_number: 2 }]],
    ['another etag', 412, 'part-mismatch', (part) => [{ ...part, etag: `${part.etag}x` }]],
    ['another size', 412, 'part-mismatch', (part) => [{ ...part, size_bytes: 99 }]],
    ['a part named twice', 400, 'invalid-part-list', (part) => [part, part]],
    ['a small part before another', 400, 'invalid-part-list', (part) => [part, { ...part, part_number: 2 }]],
  ])('is refused for %s and changes nothing', async (_what, status, code, change) => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const part = await sendPart(writer, id, 1, bytes);
    expectProblem(await complete(writer, id, change(part)), status, code);
    expect(await sessionOf(writer, id)).toMatchObject({ state: 'uploading' });
    expect((await complete(writer, id, [part])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
  });

  it('is refused when 100 bytes came of 101 announced', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes, { expected_size_bytes: 101 });
    const part = await sendPart(writer, id, 1, bytes);
    expectProblem(await complete(writer, id, [part]), 412, 'size-mismatch');
    expect(await sessionOf(writer, id)).toMatchObject({ state: 'uploading' });
  });

  it('leaves a missing part out only when the rest adds up', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const first = await sendPart(writer, id, 1, bytes);
    await sendPart(writer, id, 2, Buffer.alloc(0));
    expect((await complete(writer, id, [first])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
    expect((await writer.get(`/v1/blobs/${digestOf(bytes)}`)).bytes.equals(bytes)).toBe(true);
  });

  it('takes the parts in any order and puts them together by number', async () => {
    const bytes = someBytes(SMALLEST_PART_BYTES + 3);
    const { id } = await begin(writer, bytes);
    const last = await sendPart(writer, id, 10_000, bytes.subarray(SMALLEST_PART_BYTES));
    const first = await sendPart(writer, id, 2, bytes.subarray(0, SMALLEST_PART_BYTES));
    expect(await listParts(writer, id)).toEqual(
      [first, last].map(({ part_number, etag, size_bytes }) => ({ part_number, etag, size_bytes })),
    );
    expect((await complete(writer, id, [last, first])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready', bytes_received: bytes.length });
    expect((await writer.get(`/v1/blobs/${digestOf(bytes)}`)).bytes.equals(bytes)).toBe(true);
  });

  it.each([2, 7, '\t'])('takes 10,000 parts as jq prints them, indented by %p', async (indent) => {
    const { id } = await begin(writer, someBytes());
    const parts = Array.from({ length: 10_000 }, (_, index) => ({
      number: index + 1,
      etag: digestOf(someBytes()).slice('sha256:'.length),
      size_bytes: 5 * 2 ** 30,
    }));
    const body = JSON.stringify({ parts }, undefined, indent);
    const answer = await writer.send('POST', `/v1/uploads/${id}/complete`, { body });
    expectProblem(answer, 412, 'part-mismatch');
  });

  it('has a bound all the same', async () => {
    const { id } = await begin(writer, someBytes());
    const body = `{"parts":[${' '.repeat(4 * 2 ** 20)}]}`;
    const answer = await writer.send('POST', `/v1/uploads/${id}/complete`, { body });
    expectProblem(answer, 413, 'body-too-large');
  });

  it('is refused before the body has ended, and read to its end, also of a client that asks to close', async () => {
    const { id } = await begin(writer, someBytes());
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request(`POST /v1/uploads/${id}/complete`, [
      `Authorization: Bearer ${writer.token ?? ''}`,
      'Content-Type: application/json',
      `Content-Length: ${8 * 2 ** 20}`,
      'Connection: close',
    ]);
    expectProblem(await connection.answer(), 413, 'body-too-large');
    for (let sent = 0; sent < 8; sent += 1) {
      expect(connection.isClosed).toBe(false);
      connection.write(Buffer.alloc(2 ** 20, ' '));
      await setTimeout(20);
    }
    await connection.closed();
  });

  it('may be repeated, with other parts too, and gives the session as it is', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const part = await sendPart(writer, id, 1, bytes);
    const both = await Promise.all([complete(writer, id, [part]), complete(writer, id, [part])]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    await settled(writer, id);
    const again = await complete(writer, id, [{ ...part, etag: 'another' }]);
    expect(again).toMatchObject({ status: 200, json: { id, state: 'ready' } });
  });

  it('is the end: no more parts and no abort', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const part = await sendPart(writer, id, 1, bytes);
    expect((await complete(writer, id, [part])).status).toBe(200);
    for (const answer of [
      await putPart(writer, id, 1, bytes),
      await writer.post(`/v1/uploads/${id}/abort`),
    ]) {
      const problem = expectProblem(answer, 412, 'upload-state');
      expect(['completed', 'ingesting', 'ready']).toContain(problem.current_state);
    }
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
  });

  it('with bytes of another digest ends in failed, and says why for good', async () => {
    const bytes = someBytes();
    const announced = digestOf(someBytes());
    const { id } = await begin(writer, bytes, { expected_digest: announced });
    const part = await sendPart(writer, id, 1, bytes);
    expect((await complete(writer, id, [part])).status).toBe(200);
    const failed = await settled(writer, id);
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
    expect(failed.failure?.detail).toMatch(/\w/);
    expect(failed.failure?.detail).not.toMatch(/blobs\/|sha256\//);
    for (const digest of [announced, digestOf(bytes)]) {
      expectProblem(await writer.get(`/v1/blobs/${digest}`), 404, 'blob-not-found');
    }
    const refused = [
      await complete(writer, id, [part]),
      await putPart(writer, id, 1, bytes),
      await writer.post(`/v1/uploads/${id}/abort`),
    ];
    refused.forEach((answer) => {
      expect(expectProblem(answer, 412, 'upload-state').current_state).toBe('failed');
    });
  });

  it('of no bytes takes one empty part', async () => {
    const { id } = await begin(writer, Buffer.alloc(0));
    const part = await sendPart(writer, id, 1, Buffer.alloc(0));
    expect(part.size_bytes).toBe(0);
    expect((await complete(writer, id, [part])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready', bytes_received: 0 });
    const blob = await writer.get(`/v1/blobs/${digestOf(Buffer.alloc(0))}`);
    expect(blob).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
  });
});

describe('aborting', () => {
  it('ends an upload, and may be repeated', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const part = await sendPart(writer, id, 1, bytes);
    for (let time = 0; time < 2; time += 1) {
      const answer = await writer.post(`/v1/uploads/${id}/abort`);
      expect(answer).toMatchObject({ status: 200, json: { id, state: 'aborted' } });
    }
    for (const answer of [await putPart(writer, id, 1, bytes), await complete(writer, id, [part])]) {
      expect(expectProblem(answer, 412, 'upload-state').current_state).toBe('aborted');
    }
  });
});

describe('the time of an upload', () => {
  const HOUR_MS = 3_600_000;

  async function apiWith(...flags: readonly string[]): Promise<HttpClient> {
    const { url } = await service.running.startApi(flags);
    return new HttpClient(url, writer.token);
  }

  async function hoursLeft(id: string): Promise<number> {
    const { expires_at } = (await writer.get(`/v1/uploads/${id}`)).json as { readonly expires_at: string };
    return Math.round((Date.parse(expires_at) - Date.now()) / HOUR_MS);
  }

  it('begins again with each part that is taken, up to seven days from its begin', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    await sendPart(await apiWith('--upload-ttl', '48h'), id, 1, bytes);
    expect(await hoursLeft(id)).toBe(48);
    await sendPart(writer, id, 1, bytes);
    expect(await hoursLeft(id)).toBe(48);
    await sendPart(await apiWith('--upload-ttl', '1000h'), id, 1, bytes);
    expect(await hoursLeft(id)).toBe(168);
  });

  it('is not moved by a part that is refused', async () => {
    const { id } = await begin(writer, someBytes());
    const patient = await apiWith('--upload-ttl', '48h');
    expectProblem(await putPart(patient, id, 1, someBytes(101)), 413, 'part-too-large');
    expect(await hoursLeft(id)).toBe(24);
  });

  it('can have another bound', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    await sendPart(await apiWith('--upload-ttl', '1000h', '--upload-max-age', '72h'), id, 1, bytes);
    expect(await hoursLeft(id)).toBe(72);
  });
});

it('an expired upload is aborted at once, and takes nothing more', async () => {
  const { url } = await service.running.startApi(['--upload-ttl', '1ms']);
  const bytes = someBytes();
  const { id } = await begin(new HttpClient(url, writer.token), bytes);
  expect(await sessionOf(writer, id)).toMatchObject({ state: 'aborted' });
  expectProblem(await putPart(writer, id, 1, bytes), 412, 'upload-state');
  const parts = [{ part_number: 1, etag: 'x', size_bytes: bytes.length }];
  expectProblem(await complete(writer, id, parts), 412, 'upload-state');
  expect((await writer.post(`/v1/uploads/${id}/abort`)).status).toBe(200);
});
