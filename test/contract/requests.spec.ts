import { randomUUID } from 'node:crypto';
import { type ContractService, startContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import { begin, someBytes } from './upload-steps.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UPLOADED = `/v1/uploads/${randomUUID()}/complete`;
const ZEROS = `sha256:${'0'.repeat(64)}`;

let service: ContractService;
let writer: HttpClient;
let anonymous: HttpClient;

beforeAll(async () => {
  service = await startContractService({ workers: 0 });
  ({ writer, anonymous } = service);
}, 60_000);

afterAll(() => service.stop(), 60_000);

/** How many requests were refused before they had a route. */
async function refusedCount(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  const counts =
    /^imgsrv_http_request_duration_seconds_count\{(?=.*route="unmatched")(?=.*method="other")(?=.*status="4xx").*\} (\d+)$/m;
  return Number(counts.exec(text)?.[1] ?? 0);
}

function bearer(): string {
  return `Authorization: Bearer ${writer.token ?? ''}`;
}

describe('a JSON body', () => {
  it.each<[string, string]>([
    ['half an object', '{"name":"x"'],
    ['a trailing comma', '{"name":"x",}'],
    ['trailing data', '{"name":"x"}{}'],
    ['a comment', '{"name":"x"/**/}'],
    ['single quotes', "{'name':'x'}"],
    ['an array', '[{"name":"x"}]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['blanks', '   '],
    ['a prototype', '{"name":"x","__proto__":{"admin":true}}'],
    ['a constructor', '{"name":"x","constructor":{"prototype":{}}}'],
    ['100000 levels', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('is refused for %s', async (_what, body) => {
    expectProblem(await writer.send('POST', '/v1/images', { body }), 400, 'invalid-request');
  });

  it.each<[string, object, string]>([
    ['a missing member', {}, '/name'],
    ['a wrong type', { name: 1 }, '/name'],
    ['an array for a string', { name: ['x'] }, '/name'],
    ['a null for a string', { name: null }, '/name'],
    ['an object for a string', { name: { toString: 'x' } }, '/name'],
    ['an unknown member', { name: 'x', color: 'red' }, '/color'],
    ['an unknown member with special characters', { name: 'x', 'a/b~c': 1 }, '/a~1b~0c'],
    ['NUL in a text', { name: 'x', description: 'a\0b' }, '/description'],
    ['half a surrogate pair', { name: 'x', display_name: '\ud800' }, '/display_name'],
  ])('names what is wrong by a JSON pointer: %s', async (_what, json, pointer) => {
    const problem = expectProblem(await writer.post('/v1/images', json), 400, 'invalid-request');
    expect(problem.errors).toEqual([{ pointer, detail: expect.stringMatching(/\w/) as string }]);
  });

  it.each<[string, string, object, string]>([
    [
      'a wrong name',
      '/v1/images',
      { name: '-' },
      'name: must match ^[a-z0-9][a-z0-9._-]{0,127}$: An image name has',
    ],
    ['a missing member', '/v1/images', {}, 'name: must match ^[a-z0-9]'],
    ['the first of two faults', '/v1/images', { name: '-', display_name: 1 }, 'name: must match '],
    ['an unknown member', '/v1/images', { name: 'x', color: 'red' }, 'color: should not exist'],
    ['one with special characters', '/v1/images', { name: 'x', 'a/b~c': 1 }, 'a/b~c: should not exist'],
    [
      'a member of a member',
      UPLOADED,
      { parts: [{ number: 0, etag: 'x', size_bytes: 1 }] },
      'parts/0/number: must not be less than 1',
    ],
    ['an entry of a list', UPLOADED, { parts: ['x'] }, 'parts: each value in '],
    [
      'a body where none is taken',
      `/v1/uploads/${randomUUID()}/abort`,
      { force: true },
      'force: should not exist',
    ],
  ])('names the first fault in words: %s', async (_what, path, json, words) => {
    const { detail, errors } = expectProblem(await writer.post(path, json), 400, 'invalid-request');
    expect(detail).toContain(words);
    expect(detail.indexOf(words)).toBe(0);
    expect(errors?.length).toBeGreaterThan(0);
  });

  it('names a fault of the path or the query in words', async () => {
    const inPath = expectProblem(await anonymous.get('/v1/images/-'), 400, 'invalid-request');
    expect(inPath.detail).toBe('name: must match ^[a-z0-9][a-z0-9._-]{0,127}$ in the path');
    const inQuery = expectProblem(await anonymous.get('/v1/images?limit=0'), 400, 'invalid-request');
    expect(inQuery.detail).toBe('limit: must not be less than 1');
    const ofCursor = expectProblem(await anonymous.get('/v1/images?cursor=!'), 400, 'invalid-cursor');
    expect(ofCursor.detail).toMatch(/^cursor: must come from the Link header/);
    expect(ofCursor.errors).toMatchObject([{ pointer: '/cursor' }]);
  });

  it('does not repeat a long name of the caller', async () => {
    const answer = await writer.post('/v1/images', { name: 'x', ['y'.repeat(100_000)]: 1 });
    expect(expectProblem(answer, 400, 'invalid-request').detail.length).toBeLessThan(500);
  });

  it('must be there where one is needed', async () => {
    const problem = expectProblem(await writer.send('POST', '/v1/images'), 400, 'invalid-request');
    expect(problem.errors).toMatchObject([{ pointer: '/name' }]);
  });

  it('may say null for what it leaves out when it creates something, at any depth', async () => {
    const image = `image-${randomUUID()}`;
    const size = { primary_blob_digest: ZEROS, primary_blob_size_bytes: 1 };
    const artifact = { operating_system: 'linux', architecture: 'amd64', format: 'raw', ...size };
    const principal = await service.manager.post('/v1/auth/principals', {
      kind: 'service',
      display_name: 'x',
      attributes: null,
    });
    expect(principal).toMatchObject({ status: 201, json: { kind: 'service' } });
    expect(principal.json).not.toHaveProperty('attributes');
    const tokens = `${principal.headers.location ?? ''}/api-tokens`;
    const expires = new Date(Date.now() + 60_000).toISOString();
    const upload = {
      expected_digest: ZEROS,
      expected_size_bytes: 1,
      media_type_hint: null,
      filename_hint: null,
    };
    const creations: readonly (readonly [HttpClient, string, object, object])[] = [
      [writer, '/v1/images', { name: image, display_name: null, description: null }, { name: image }],
      [writer, `/v1/images/${image}/versions`, { version: '1' }, { version: '1' }],
      [
        writer,
        `/v1/images/${image}/versions/1/artifacts`,
        { ...artifact, primary_media_type: 'a/b', variant: null },
        { variant: 'default' },
      ],
      [writer, '/v1/uploads', upload, { state: 'created' }],
      [service.manager, tokens, { name: null, expires_at: expires }, { name: '' }],
    ];
    for (const [client, path, body, made] of creations) {
      expect(await client.post(path, body)).toMatchObject({ status: 201, json: made });
    }
    const rule = {
      ...{
        id: null,
        display_name: 'x',
        issuer_url: 'https://issuer.example',
        audience: 'a',
        condition: 'true',
      },
      ...{ forwarded_claims: null, enabled: null, image_patterns: null },
    };
    const claims = { iss: 'https://issuer.example', sub: 'x', aud: 'a' };
    expect(
      await service.manager.post('/v1/auth/oidc-provisioning-rules/evaluate', { rule, claims, token: null }),
    ).toMatchObject({ status: 200, json: { matches: true } });
  });

  it('must not say null for what it needs, nor in a change for what it leaves alone', async () => {
    expectProblem(await writer.post('/v1/images', { name: null }), 400, 'invalid-request');
    const { json } = await service.manager.post('/v1/auth/principals', { kind: 'user', display_name: 'x' });
    const path = `/v1/auth/principals/${(json as { readonly id: string }).id}`;
    for (const change of [{ display_name: null }, { disabled: null }]) {
      const answer = await service.manager.send('PATCH', path, { json: change });
      expectProblem(answer, 400, 'invalid-request');
    }
  });

  it('has no members where none are taken', async () => {
    for (const path of [`/v1/uploads/${randomUUID()}/abort`, '/v1/images/x/versions/1/publish']) {
      const problem = expectProblem(await writer.post(path, { force: true }), 400, 'invalid-request');
      expect(problem.errors).toMatchObject([{ pointer: '/force' }]);
      expectProblem(await writer.send('POST', path, { body: '{' }), 400, 'invalid-request');
      expect((await writer.post(path, {})).status).toBe(404);
      expect((await writer.send('POST', path)).status).toBe(404);
    }
  });

  it('is refused when it is not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const headers = { 'content-type': 'application/json' };
    expectProblem(await writer.send('POST', '/v1/images', { body, headers }), 400, 'invalid-request');
  });

  it.each<[string, string]>([
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a merge patch', 'application/merge-patch+json'],
    ['no media type', ''],
    ['nonsense', 'json'],
  ])('is a 415 as %s', async (_what, type) => {
    for (const [method, path] of [
      ['POST', '/v1/images'],
      ['PATCH', '/v1/images/x'],
      ['PUT', '/v1/images/x/aliases/y'],
    ] as const) {
      const answer = await writer.send(method, path, { body: '{}', headers: { 'content-type': type } });
      expectProblem(answer, 415, 'unsupported-media-type');
    }
  });

  it('is a 415 when it is compressed', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expectProblem(
      await writer.send('POST', '/v1/images', { body: '{}', headers }),
      415,
      'unsupported-media-type',
    );
  });

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset="UTF-8"'])(
    'may be called %s',
    async (type) => {
      const body = JSON.stringify({ name: `image-${randomUUID()}` });
      const answer = await writer.send('POST', '/v1/images', { body, headers: { 'content-type': type } });
      expect(answer.status).toBe(201);
    },
  );

  it('may come in chunks', async () => {
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request('POST /v1/images', [
      bearer(),
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ]);
    const body = JSON.stringify({ name: `image-${randomUUID()}` });
    connection.write(
      `3\r\n${body.slice(0, 3)}\r\n${(body.length - 3).toString(16)}\r\n${body.slice(3)}\r\n0\r\n\r\n`,
    );
    expect(await connection.answer()).toMatchObject({ status: 201 });
    connection.cut();
  });

  it('has at most 1 MiB', async () => {
    const padded = (sizeBytes: number) => `{${' '.repeat(sizeBytes - 2)}}`;
    expectProblem(await writer.send('POST', '/v1/images', { body: padded(2 ** 20) }), 400, 'invalid-request');
    expectProblem(
      await writer.send('POST', '/v1/images', { body: padded(2 ** 20 + 1) }),
      413,
      'body-too-large',
    );
  });

  it('of unknown length has at most 1 MiB', async () => {
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request('POST /v1/images', [
      bearer(),
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ]);
    connection.write(`100001\r\n${' '.repeat(0x100001)}\r\n`);
    expectProblem(await connection.answer(), 413, 'body-too-large');
    connection.cut();
  });

  it('that a client breaks off does no harm', async () => {
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request('POST /v1/images', [
      bearer(),
      'Content-Type: application/json',
      'Content-Length: 1000',
    ]);
    connection.write('{"name":');
    connection.cut();
    expect((await anonymous.get('/healthz')).status).toBe(204);
  });
});

describe('a path', () => {
  it.each([
    '/v1',
    '/v1/',
    '/v2/images',
    '/v1/imagesx',
    '/v1//images',
    '//v1/images',
    '/v1/images/x/unknown',
    '/v1/images/x/y/z/versions',
    '/.env',
    '/v1/blob',
    '/streams',
    '/%',
    '/%00',
    '/V1/images%2f',
  ])('is a 404 when nothing is there: %s', async (path) => {
    for (const client of [anonymous, writer]) {
      expectProblem(await client.get(path), 404, 'not-found');
    }
  });

  it.each([
    '/v1/images/..%2f..%2fetc',
    '/v1/images/a%2Fb',
    '/v1/images/a%00b',
    '/v1/images/%2e%2e',
    '/v1/images/..',
    '/v1/images/.',
    '/v1/images/UPPER',
    '/v1/images/-x',
    '/v1/images/a%20b',
    '/v1/images/%C3%A9',
    '/v1/images/%ED%A0%80',
    '/v1/images/a%0Ab',
    `/v1/images/${'x'.repeat(129)}`,
    '/v1/images/x/versions/a%2Fb',
    `/v1/images/x/versions/${'1'.repeat(129)}`,
    '/v1/images/x/aliases/a%00',
    '/v1/images/x/refs/%2e%2e',
    `/v1/blobs/${ZEROS.toUpperCase()}`,
    '/v1/blobs/sha256:00',
    `/v1/blobs/md5:${'0'.repeat(32)}`,
    `/v1/blobs/${'0'.repeat(64)}`,
    `/v1/blobs/${ZEROS}%00`,
    '/v1/images/x/versions/1/artifacts/not-a-uuid',
    '/streams/v1/files/xyz/disk.qcow2',
    `/streams/v1/files/${'0'.repeat(64)}/..%2f..%2fpasswd`,
    '/v1/images/x?y=%00',
    '/v1/images?cursor=a%00',
  ])('is a 400 when a name in it breaks its grammar: %s', async (path) => {
    for (const client of [anonymous, writer]) {
      expectProblem(await client.get(path), 400, 'invalid-request');
    }
  });

  it.each(['%zz', '%', '%2', '%C3', '%C3%28', '%FF%FE'])(
    'is a 400 when it cannot be decoded: %s',
    async (text) => {
      expectProblem(await anonymous.get(`/v1/images/${text}`), 400, 'invalid-request');
      expectProblem(await anonymous.get(`/v1/images/${text}?a=%zz`), 400, 'invalid-request');
      expectProblem(await writer.send('DELETE', `/v1/images/x/versions/${text}`), 400, 'invalid-request');
    },
  );

  it('that cannot be decoded is a 401 for callers who are not known, where a route needs one who is', async () => {
    for (const [method, path] of [
      ['DELETE', '/v1/images/%zz'],
      ['DELETE', '/v1/images/x/versions/%zz'],
      ['PUT', '/v1/uploads/%C3%28/parts/%'],
      ['GET', '/v1/auth/principals/%FF'],
      ['POST', '/v1/images/%zz/versions'],
      ['GET', '/v1/publish-jobs/%2'],
    ] as const) {
      expectProblem(await anonymous.send(method, path), 401, 'unauthenticated');
      const isForWriters = !path.startsWith('/v1/auth/');
      const forbidden = isForWriters ? service.manager : writer;
      expectProblem(await forbidden.send(method, path), 403, 'forbidden');
      const allowed = isForWriters ? writer : service.manager;
      expectProblem(await allowed.send(method, path), 400, 'invalid-request');
    }
    expectProblem(await anonymous.send('PUT', '/v1/images/%zz'), 405, 'method-not-allowed');
    expectProblem(await anonymous.get('/v1/%zz/x'), 404, 'not-found');
  });

  it.each(['/v1/images/caf\xe9', '/v1/images/a\0b', '/v1/images/a b', '/v1/images/\u{1f4a5}'])(
    'with raw bytes never ends in a 5xx: %j',
    async (path) => {
      const connection = await RawConnection.open(writer.baseUrl);
      connection.request(`GET ${path}`, ['Connection: close']);
      expect((await connection.answer()).status).toBe(400);
      await connection.closed();
    },
  );

  it('of 20000 characters is a 431 or a 400, not more', async () => {
    expect([400, 414, 431]).toContain((await anonymous.get(`/v1/images/${'x'.repeat(20_000)}`)).status);
  });

  it('says which methods it takes', async () => {
    const known: readonly (readonly [string, string, string])[] = [
      ['POST', '/healthz', 'GET, HEAD'],
      ['DELETE', '/v1/images', 'GET, HEAD, POST'],
      ['PUT', '/v1/images/x', 'DELETE, GET, HEAD, PATCH'],
      ['POST', '/v1/images/x/aliases/latest', 'DELETE, GET, HEAD, PUT'],
      ['DELETE', '/v1/images/x/promotions', 'GET, HEAD, POST'],
      ['POST', '/v1/channels/x', 'DELETE, GET, HEAD, PUT'],
      ['POST', '/c/x/streams/v1/index.json', 'GET, HEAD'],
      ['GET', '/v1/images/x/versions/1/publish', 'POST'],
      ['HEAD', '/v1/images/x/versions/1/publish', 'POST'],
      ['GET', '/v1/images/x/versions/1/release', 'POST'],
      ['POST', '/v1/blobs', 'GET, HEAD'],
      ['POST', `/v1/blobs/${ZEROS}`, 'DELETE, GET, HEAD, PUT'],
      ['DELETE', `/v1/uploads/${randomUUID()}`, 'GET, HEAD'],
      ['POST', `/v1/uploads/${randomUUID()}/parts/1`, 'PUT'],
      ['PATCH', '/streams/v1/index.json', 'GET, HEAD'],
      ['OPTIONS', '/v1/images', 'GET, HEAD, POST'],
      ['TRACE', '/v1/images', 'GET, HEAD, POST'],
      ['PROPFIND', '/v1/images', 'GET, HEAD, POST'],
    ];
    for (const [method, path, allow] of known) {
      const answer = await anonymous.send(method, path);
      expect({ method, path, status: answer.status, allow: answer.headers.allow }).toEqual({
        method,
        path,
        status: 405,
        allow,
      });
      if (method !== 'HEAD') expectProblem(answer, 405, 'method-not-allowed');
    }
  });

  it('may be asked for with HEAD wherever GET is served, with the same header fields and no body', async () => {
    for (const path of [
      '/healthz',
      '/readyz',
      '/v1/images',
      '/v1/images/no-such-image',
      '/v1/images/-',
      '/v1/auth/whoami',
      '/v1/auth/roles',
      '/v1/uploads/x',
      `/v1/blobs/${ZEROS}`,
      '/streams/v1/index.json',
      '/streams/v1/images.json',
      '/openapi.json',
      '/no/such/path',
    ]) {
      const [got, headed] = [await writer.get(path), await writer.head(path)];
      expect({ path, status: headed.status, bytes: headed.bytes.length }).toEqual({
        path,
        status: got.status,
        bytes: 0,
      });
      const kept = ['content-type', 'etag', 'cache-control', 'www-authenticate', 'allow'] as const;
      for (const name of kept) expect(headed.headers[name]).toEqual(got.headers[name]);
      const ofProblem = got.headers['content-type'] === 'application/problem+json';
      if (!ofProblem) expect(headed.headers['content-length']).toEqual(got.headers['content-length']);
    }
  });
});

describe('what is checked first', () => {
  const broken = { body: '{', headers: { 'content-type': 'text/plain' } };

  it.each([
    ['PUT', '/v1/images/-/aliases/-'],
    ['POST', '/v1/images/-/versions'],
    ['PATCH', '/v1/images/-'],
    ['POST', '/v1/uploads/x/complete'],
    ['PUT', '/v1/uploads/x/parts/0'],
    ['DELETE', '/v1/images/-/versions/-'],
  ] as const)('of %s %s is who calls, what they may do, the path, then the body', async (method, path) => {
    expectProblem(await anonymous.send(method, path, broken), 401, 'unauthenticated');
    const unknown = new HttpClient(
      anonymous.baseUrl,
      'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS',
    );
    expectProblem(await unknown.send(method, path, broken), 401, 'unauthenticated');
    expectProblem(await service.manager.send(method, path, broken), 403, 'forbidden');
    expectProblem(await writer.send(method, path, broken), 400, 'invalid-request');
    const detail = (await writer.send(method, path, broken)).json as { readonly detail: string };
    expect(detail.detail).toMatch(/in the path/);
  });

  it('of a body is its media type, its form, then what is stored', async () => {
    const path = '/v1/images/no-such-image/versions';
    expectProblem(await writer.send('POST', path, broken), 415, 'unsupported-media-type');
    expectProblem(await writer.send('POST', path, { body: '{' }), 400, 'invalid-request');
    expectProblem(await writer.post(path, { version: '' }), 400, 'invalid-request');
    expectProblem(await writer.post(path, { version: '1' }), 404, 'image-not-found');
  });

  it('a 401 asks for a bearer token', async () => {
    const answer = await anonymous.post('/v1/uploads');
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });
});

describe('X-Request-ID', () => {
  it.each(['x', 'a'.repeat(128), '!"#$%&()*+,-./:;<=>?@[]^_`{|}~', randomUUID()])(
    'is kept: %s',
    async (id) => {
      for (const path of ['/healthz', '/no/such/path', '/v1/images']) {
        expect((await anonymous.get(path, { 'x-request-id': id })).headers['x-request-id']).toBe(id);
      }
      expectProblem(await anonymous.get('/v1/auth/whoami', { 'x-request-id': id }), 401, 'unauthenticated');
    },
  );

  it.each<[string, string | string[]]>([
    ['none', []],
    ['an empty one', ''],
    ['129 characters', 'a'.repeat(129)],
    ['one with a blank', 'a b'],
    ['one that is not ASCII', 'caf\xe9'],
    ['one with a tab', 'a\tb'],
    ['two', ['one', 'two']],
  ])('is made new for %s', async (_what, id) => {
    const answer = await anonymous.get('/no/such/path', { 'x-request-id': id });
    expect(answer.headers['x-request-id']).toMatch(UUID);
    expectProblem(answer, 404, 'not-found');
  });

  it('is in the log of what happened', async () => {
    const id = randomUUID();
    await anonymous.get('/no/such/path', { 'x-request-id': id });
    const [api] = service.running.apis;
    await api?.waitUntil('a log line of the request', () => api.stderr.includes(`"request_id":"${id}"`));
  });
});

describe('a connection', () => {
  it('goes on after an error about a body that nobody read', async () => {
    const { id } = await begin(writer, someBytes());
    const connection = await RawConnection.open(writer.baseUrl);
    for (const [line, status] of [
      [`PUT /v1/uploads/${id}/parts/1`, 401],
      ['POST /v1/images', 401],
      ['POST /no/such/path', 404],
      ['POST /healthz', 405],
    ] as const) {
      connection.request(line, ['Content-Type: text/plain', 'Content-Length: 300000']);
      connection.write(someBytes(300_000));
      expect((await connection.answer()).status).toBe(status);
    }
    connection.request(`PUT /v1/uploads/${randomUUID()}/parts/1`, [bearer(), 'Content-Length: 300000']);
    connection.write(someBytes(300_000));
    expectProblem(await connection.answer(), 404, 'upload-not-found');
    connection.request('GET /healthz');
    expect((await connection.answer()).status).toBe(204);
    connection.cut();
  });

  it('takes pipelined requests and answers in their order', async () => {
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request('GET /v1/images/-');
    connection.request('GET /healthz');
    connection.request('GET /no/such/path');
    const statuses = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(statuses.map(({ status }) => status)).toEqual([400, 204, 404]);
    connection.cut();
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['a bare line feed in a field', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\nc\r\n\r\n'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n'],
    ['a Host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['a target that is no path', 'GET healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an asterisk for a target', 'GET * HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another scheme', 'GET ftp://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['CONNECT', 'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['CONNECT without Host', 'CONNECT x:443 HTTP/1.1\r\n\r\n'],
  ])('is closed after a 400 for %s', async (_what, text) => {
    const connection = await RawConnection.open(writer.baseUrl);
    const [api] = service.running.apis;
    const before = await refusedCount(api?.metricsUrl ?? '');
    connection.write(text);
    const answer = await connection.answer();
    const { instance } = expectProblem(answer, 400, 'invalid-request');
    await connection.closed();
    await api?.waitUntil('a log line', () => api.stderr.includes(`"request_id":"${instance}"`));
    expect(await refusedCount(api?.metricsUrl ?? '')).toBe(before + 1);
  });

  it('is closed after a 431 for 100 KB of header fields', async () => {
    const connection = await RawConnection.open(writer.baseUrl);
    connection.request('GET /healthz', [`X-Large: ${'x'.repeat(100_000)}`]);
    expect((await connection.answer()).status).toBe(431);
    await connection.closed();
  });
});

describe('a list', () => {
  it.each(['limit=0', 'limit=-1', 'limit=x', 'limit=1.5', 'limit=', 'limit=1&limit=2', 'cursor=!'])(
    'refuses %s',
    async (query) => {
      const answer = await anonymous.get(`/v1/images?${query}`);
      expect(answer.status).toBe(400);
      expectProblem(answer, 400, query.startsWith('cursor') ? 'invalid-cursor' : 'invalid-request');
    },
  );

  it.each([
    'limit=1001',
    'limit=99999999999999999999',
    'limit=1e9',
    'color=red',
    'utm_source=x&limit=5',
    'limit[]=0',
  ])('takes %s: at most 1000 entries, and nothing of what it does not know', async (query) => {
    expect(await anonymous.get(`/v1/images?${query}`)).toMatchObject({ status: 200, json: { images: [] } });
  });

  it('passes unknown parameters over for whoever reads what anybody may read, and refuses them elsewhere', async () => {
    for (const client of [anonymous, writer]) {
      for (const path of ['/v1/images', '/streams/v1/index.json', '/healthz']) {
        expect((await client.get(`${path}?v=2`)).status).toBeLessThan(300);
        expect((await client.head(`${path}?v=2`)).status).toBeLessThan(300);
      }
    }
    const lists = ['principals', 'oidc-provisioning-rules'].map((name) => `/v1/auth/${name}`);
    for (const path of [...lists, '/v1/audit-events']) {
      const answer = await service.manager.get(`${path}?v=2`);
      const { errors } = expectProblem(answer, 400, 'invalid-request');
      expect(errors).toMatchObject([{ pointer: '/v' }]);
      expect((await service.manager.get(`${path}?limit=1001`)).status).toBe(200);
    }
  });

  it('is empty, never null', async () => {
    expect((await anonymous.get('/v1/images')).json).toEqual({ images: [] });
  });
});

it('says nothing of the software it runs on', async () => {
  const { headers } = await anonymous.get('/v1/images');
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).not.toHaveProperty('server');
});

it('emits no URL made from the Host of the request', async () => {
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
  const name = `image-${randomUUID()}`;
  const created = await writer.send('POST', '/v1/images', { json: { name }, headers });
  expect(created.headers.location).toBe(`/v1/images/${name}`);
  for (const path of ['/openapi.json', '/streams/v1/index.json', '/v1/images', '/docs']) {
    const answer = await anonymous.get(path, headers);
    expect(JSON.stringify(answer.headers) + answer.bytes.toString()).not.toContain('evil.example');
  }
});
