import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { generateToken } from '../../libs/auth/src/tokens/token.codec.js';
import { toBase62 } from '../../libs/auth/src/tokens/base62.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';

const LIMIT = 5;

let service: ContractService;

beforeAll(async () => {
  service = await startContractService({
    flags: ['--failed-auth-limit', String(LIMIT), '--trusted-proxies', '127.0.0.0/8,::1'],
  });
});
afterAll(() => service.stop());

/** From a source of its own, as a trusted proxy reports it. */
function from(source: string, token: string): { get(path?: string): Promise<Answer> } {
  const client = new HttpClient(service.running.baseUrl, token);
  return { get: (path = '/v1/images') => client.get(path, { 'x-forwarded-for': source }) };
}

/** Well formed, and issued by nobody. */
const wrongToken = (): string => generateToken('imgsrv_at_').plaintext;

/** The same id with another secret. */
function withOtherSecret(token: string): string {
  const body = `${token.slice(0, 27)}${wrongToken().slice(27, -6)}`;
  return body + toBase62(crc32(body), 6);
}

async function exhaust(source: string): Promise<void> {
  for (let failure = 0; failure < LIMIT; failure += 1) {
    expectProblem(await from(source, wrongToken()).get(), 401, 'unauthenticated');
  }
}

async function newToken(): Promise<string> {
  const { manager } = service;
  const created = await manager.post('/v1/auth/principals', { kind: 'service', display_name: 'x' });
  const { id } = created.json as { id: string };
  const issued = await manager.post(`/v1/auth/principals/${id}/api-tokens`, {
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  return (issued.json as { plaintext: string }).plaintext;
}

it('makes a source that keeps failing wait, and says for how long', async () => {
  await exhaust('192.0.2.1');
  const answer = await from('192.0.2.1', wrongToken()).get();
  expectProblem(answer, 429, 'too-many-failed-authentications');
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  // This try counted as well.
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual((2 * 60) / LIMIT);
});

it.each([
  'never-a-token',
  'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THT',
  'a.b.c',
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.x`,
])('does not take %s, which cannot be a credential, for a guess', async (malformed) => {
  const source = `198.51.100.${malformed.length}`;
  for (let failure = 0; failure < 3 * LIMIT; failure += 1) {
    expectProblem(await from(source, malformed).get(), 401, 'unauthenticated');
  }
  expectProblem(await from(source, wrongToken()).get(), 401, 'unauthenticated');
});

it('shuts out none of 19 fresh jobs behind the address of a client with a wrong token', async () => {
  const fresh = await Promise.all(Array.from({ length: 19 }, newToken));
  await exhaust('192.0.2.6');
  const broken = wrongToken();
  for (const token of fresh) {
    expectProblem(await from('192.0.2.6', broken).get(), 429, 'too-many-failed-authentications');
    expect((await from('192.0.2.6', token).get()).status).toBe(200);
  }
});

it('lets the same source read without a credential', async () => {
  await exhaust('192.0.2.2');
  const anonymous = new HttpClient(service.running.baseUrl);
  expect((await anonymous.get('/v1/images', { 'x-forwarded-for': '192.0.2.2' })).status).toBe(200);
});

it('makes no other source wait', async () => {
  await exhaust('192.0.2.3');
  expectProblem(await from('192.0.2.33', wrongToken()).get(), 401, 'unauthenticated');
});

it('counts the hosts of one IPv6 network together', async () => {
  for (let host = 1; host <= LIMIT; host += 1) {
    expectProblem(await from(`2001:db8::${host}`, wrongToken()).get(), 401, 'unauthenticated');
  }
  expectProblem(await from('2001:db8::ffff', wrongToken()).get(), 429, 'too-many-failed-authentications');
  expectProblem(await from('2001:db8:0:1::1', wrongToken()).get(), 401, 'unauthenticated');
});

it('makes a token id wait that is guessed at from many sources', async () => {
  const { plaintext: guess } = generateToken('imgsrv_at_');
  for (let host = 1; host <= LIMIT; host += 1) {
    expectProblem(await from(`203.0.113.${host}`, guess).get(), 401, 'unauthenticated');
  }
  expectProblem(await from('203.0.113.99', guess).get(), 429, 'too-many-failed-authentications');
});

it('lets the holder of a token in whose id others guess at', async () => {
  const token = await newToken();
  const guess = Array.from({ length: 2 * LIMIT }, () => withOtherSecret(token));
  for (const [host, text] of guess.entries()) {
    expect([401, 429]).toContain((await from(`203.0.113.${100 + host}`, text).get()).status);
  }
  expect((await from('203.0.113.200', token).get()).status).toBe(200);
});

it('records one refusal for a series of them', async () => {
  const source = '192.0.2.5';
  await exhaust(source);
  for (let again = 0; again < 3; again += 1) {
    expectProblem(await from(source, wrongToken()).get(), 429, 'too-many-failed-authentications');
  }
  const recorded = await waitFor(
    async () => {
      const { json } = await service.manager.get('/v1/audit-events?outcome=denied&action=authenticate');
      const events = (json as { audit_events: { source?: string; reason?: string }[] }).audit_events;
      const found = events.filter((event) => event.source === source && event.reason === 'too-many-failures');
      return found.length > 0 ? found : undefined;
    },
    { what: 'the refusal on record' },
  );
  expect(recorded).toHaveLength(1);
});

it.each(['unknown', '1.2.3.4.5', 'x'.repeat(500)])(
  'takes the connection for the source when a proxy says %s',
  async (nonsense) => {
    const requestId = randomUUID();
    const client = new HttpClient(service.running.baseUrl, await newToken());
    const answer = await client.send('POST', '/v1/images', {
      headers: { 'x-forwarded-for': nonsense, 'x-request-id': requestId },
    });
    expectProblem(answer, 403, 'forbidden');
    await waitFor(
      async () => {
        const { json } = await service.manager.get(`/v1/audit-events?request_id=${requestId}`);
        const [event] = (json as { audit_events: { source: string }[] }).audit_events;
        return event?.source.includes('127.0.0.1');
      },
      { what: 'the refusal on record' },
    );
  },
);

it.each([
  ['203.0.113.7:51231', '203.0.113.7'],
  ['203.0.113.8:1, 127.0.0.2:2', '203.0.113.8'],
  ['[2001:db8:7::1]:443', '2001:db8:7::1'],
  ['198.18.0.1, 203.0.113.9:80', '203.0.113.9'],
])('reads the address in %j', async (header, address) => {
  const requestId = randomUUID();
  const client = new HttpClient(service.running.baseUrl, wrongToken());
  await client.get('/v1/images', { 'x-forwarded-for': header, 'x-request-id': requestId });
  const event = await waitFor(
    async () => {
      const { json } = await service.manager.get(`/v1/audit-events?request_id=${requestId}`);
      return (json as { audit_events: { source: string }[] }).audit_events[0];
    },
    { what: 'the refusal on record' },
  );
  expect(event.source).toBe(address);
});

it('counts clients apart whose proxy sends their ports', async () => {
  for (let port = 1; port <= LIMIT; port += 1) {
    expectProblem(await from(`203.0.113.20:${port}`, wrongToken()).get(), 401, 'unauthenticated');
  }
  expectProblem(await from('203.0.113.20:99', wrongToken()).get(), 429, 'too-many-failed-authentications');
  expectProblem(await from('203.0.113.21:99', wrongToken()).get(), 401, 'unauthenticated');
});

it('complains once about a proxy whose header cannot be read', async () => {
  const api = await service.running.startApi(['--trusted-proxies', '127.0.0.0/8,::1']);
  const client = new HttpClient(api.url);
  for (const nonsense of ['nonsense', 'more nonsense', 'nonsense again']) {
    await client.get('/v1/images', { 'x-forwarded-for': nonsense });
  }
  api.kill('SIGTERM');
  await api.exited;
  expect(api.stderr.match(/X-Forwarded-For of a trusted proxy/g)).toHaveLength(1);
});

describe('without trusted proxies', () => {
  const guessFrom = (source: string): Record<string, string> => ({
    'x-forwarded-for': source,
    authorization: `Bearer ${wrongToken()}`,
  });

  it('nobody can choose what source it is', async () => {
    const api = await service.running.startApi(['--trusted-proxies', '']);
    const client = new HttpClient(api.url);
    for (let failure = 0; failure < LIMIT; failure += 1) {
      const answer = await client.get('/v1/images', guessFrom(`192.0.2.${100 + failure}`));
      expectProblem(answer, 401, 'unauthenticated');
    }
    const answer = await client.get('/v1/images', guessFrom('192.0.2.200'));
    expectProblem(answer, 429, 'too-many-failed-authentications');
    api.kill('SIGTERM');
    await api.exited;
  });
});
