import { randomUUID } from 'node:crypto';
import { generateApiToken } from '../../libs/auth/src/tokens/api-token.codec.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import { type Answer, HttpClient } from './http-client.js';
import { expectProblem } from './problem.js';

const NO_TOKEN = 'not-a-token';
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

async function exhaust(source: string, token = NO_TOKEN): Promise<void> {
  for (let failure = 0; failure < LIMIT; failure += 1) {
    expectProblem(await from(source, token).get(), 401, 'unauthenticated');
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
  const answer = await from('192.0.2.1', NO_TOKEN).get();
  expectProblem(answer, 429, 'too-many-failed-authentications');
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60 / LIMIT);
});

it.each(['never-a-token', 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THT', 'a.b.c'])(
  'counts the failure of %s, which is refused before any query',
  async (token) => {
    const source = `198.51.100.${token.length}`;
    await exhaust(source, token);
    expectProblem(await from(source, token).get(), 429, 'too-many-failed-authentications');
  },
);

it('lets the same source read without a credential', async () => {
  await exhaust('192.0.2.2');
  const anonymous = new HttpClient(service.running.baseUrl);
  expect((await anonymous.get('/v1/images', { 'x-forwarded-for': '192.0.2.2' })).status).toBe(200);
});

it('makes no other source wait', async () => {
  await exhaust('192.0.2.3');
  expectProblem(await from('192.0.2.33', NO_TOKEN).get(), 401, 'unauthenticated');
});

it('counts the hosts of one IPv6 network together', async () => {
  for (let host = 1; host <= LIMIT; host += 1) {
    expectProblem(await from(`2001:db8::${host}`, NO_TOKEN).get(), 401, 'unauthenticated');
  }
  expectProblem(await from('2001:db8::ffff', NO_TOKEN).get(), 429, 'too-many-failed-authentications');
  expectProblem(await from('2001:db8:0:1::1', NO_TOKEN).get(), 401, 'unauthenticated');
});

it('makes a token id wait that is guessed at from many sources', async () => {
  const { plaintext: guess } = generateApiToken();
  for (let host = 1; host <= LIMIT; host += 1) {
    expectProblem(await from(`203.0.113.${host}`, guess).get(), 401, 'unauthenticated');
  }
  expectProblem(await from('203.0.113.99', guess).get(), 429, 'too-many-failed-authentications');
});

it('never holds back a credential that worked a moment ago, but one that is new', async () => {
  const [known, fresh] = [await newToken(), await newToken()];
  expect((await from('192.0.2.4', known).get()).status).toBe(200);
  await exhaust('192.0.2.4');
  expect((await from('192.0.2.4', known).get()).status).toBe(200);
  expectProblem(await from('192.0.2.4', fresh).get(), 429, 'too-many-failed-authentications');
  expect((await from('192.0.2.44', fresh).get()).status).toBe(200);
});

it('records one refusal for a series of them', async () => {
  const source = '192.0.2.5';
  await exhaust(source);
  for (let again = 0; again < 3; again += 1) {
    expectProblem(await from(source, NO_TOKEN).get(), 429, 'too-many-failed-authentications');
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

describe('without trusted proxies', () => {
  it('nobody can choose what source it is', async () => {
    const api = await service.running.startApi(['--trusted-proxies', '']);
    const client = new HttpClient(api.url, NO_TOKEN);
    for (let failure = 0; failure < LIMIT; failure += 1) {
      const answer = await client.get('/v1/images', { 'x-forwarded-for': `192.0.2.${100 + failure}` });
      expectProblem(answer, 401, 'unauthenticated');
    }
    const answer = await client.get('/v1/images', { 'x-forwarded-for': '192.0.2.200' });
    expectProblem(answer, 429, 'too-many-failed-authentications');
    api.kill('SIGTERM');
    await api.exited;
  });
});
