import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expectProblem } from '../contract/problem.js';
import { HttpClient } from '../support/http-client.js';
import { StatementCounter } from '../support/statement-counter.js';
import { waitFor } from '../support/wait-for.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, startAuthDatabase } from './auth-database.js';

const LINES = { accept: 'application/x-ndjson' };
const PAGE = /\bFROM audit_events\b/;
const MANY = 12_000;

interface Event {
  readonly id: string;
  readonly resource: string;
  readonly facts?: { readonly number: number };
}

let auth: AuthDatabase;
let counter: StatementCounter;
let server: TestApi;
let manager: HttpClient;

beforeAll(async () => {
  auth = await startAuthDatabase();
  counter = await StatementCounter.before(auth.url);
  server = await startTestApi(counter.url);
  const { issued } = await auth.holder(['auth-manager']);
  manager = new HttpClient(server.url, issued.plaintext);
  // More than the sockets between an api and its client hold.
  await auth.database.rows(
    `INSERT INTO audit_events (action, resource, outcome, facts)
     SELECT 'image.change', 'many/' || number, 'success', jsonb_build_object('number', number, 'text', repeat('x', 2000))
       FROM generate_series(1, ${MANY}) AS number`,
  );
});
afterAll(async () => {
  await server.close();
  await counter.close();
  await auth.close();
});

const parse = (body: string): Event[] =>
  body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);

/** Begins an export and takes nothing of its body yet. */
async function open(): Promise<IncomingMessage> {
  const headers = { ...LINES, authorization: `Bearer ${manager.token ?? ''}` };
  const outgoing = request(`${server.url}/v1/audit-events?resource=many`, { headers, agent: false });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  expect(incoming.statusCode).toBe(200);
  return incoming;
}

const pagesRead = (): number => counter.statements.filter((sql) => PAGE.test(sql)).length;

/** Until the sockets are full, and nothing moves any more. */
async function fillSockets(): Promise<number> {
  let before = 0;
  await waitFor(
    () => {
      const now = pagesRead();
      const isStill = now > 0 && now === before;
      before = now;
      return isStill;
    },
    { what: 'the export to wait for its client', intervalMs: 500 },
  );
  return before;
}

describe('an export of the audit log', () => {
  it('is what the pages are, one event a line', async () => {
    const whole: Event[] = [];
    for (const filter of ['', '&outcome=denied', '&resource=many/7', '&resource=none']) {
      const lines = await manager.get(`/v1/audit-events?${filter}`, LINES);
      expect(lines.status).toBe(200);
      expect(lines.headers).toMatchObject({ 'content-type': 'application/x-ndjson', vary: 'Accept' });
      expect(lines.headers).not.toHaveProperty('link');
      const events = parse(lines.bytes.toString());
      const page = await manager.get(`/v1/audit-events?${filter}`);
      expect(page.headers).toMatchObject({ vary: 'Accept' });
      expect(events.slice(0, 1000)).toEqual(page.members.audit_events);
      whole.push(...(filter === '' ? events : []));
    }
    expect(whole.filter(({ facts }) => facts !== undefined).map(({ facts }) => facts?.number)).toEqual(
      Array.from({ length: MANY }, (_, index) => MANY - index),
    );
  });

  it('is read only as fast as the client takes it, and whole in the end', async () => {
    counter.forget();
    const incoming = await open();
    expect(await fillSockets()).toBeLessThan(MANY / 500 / 2);
    expect(parse(await text(incoming))).toHaveLength(MANY);
  });

  it('ends when the client goes', async () => {
    counter.forget();
    const incoming = await open();
    const read = await fillSockets();
    incoming.destroy();
    await manager.get('/v1/audit-events?limit=1');
    expect(pagesRead()).toBeLessThanOrEqual(read + 2);
  });

  it('that fails in the middle breaks off', async () => {
    counter.forget();
    const incoming = await open();
    await fillSockets();
    await auth.database.rows('ALTER TABLE audit_events RENAME TO away');
    try {
      await expect(text(incoming)).rejects.toThrow('aborted');
    } finally {
      await auth.database.rows('ALTER TABLE away RENAME TO audit_events');
    }
  });

  it('that fails at its begin is a problem', async () => {
    await auth.database.rows('ALTER TABLE audit_events RENAME TO away');
    try {
      expectProblem(await manager.get('/v1/audit-events', LINES), 500, 'internal-error');
    } finally {
      await auth.database.rows('ALTER TABLE away RENAME TO audit_events');
    }
  });

  it('has no pages', async () => {
    for (const query of ['limit=10', 'cursor=WyIxIl0']) {
      const { errors } = expectProblem(
        await manager.get(`/v1/audit-events?${query}`, LINES),
        400,
        'invalid-request',
      );
      expect(errors).toMatchObject([{ pointer: `/${query.split('=')[0] ?? ''}` }]);
    }
  });

  it.each(['application/json, application/x-ndjson;q=0.5', '*/*', 'text/html', 'application/x-ndjson;q=0'])(
    'is not what somebody wants who accepts %s',
    async (accept) => {
      const answer = await manager.get('/v1/audit-events?limit=1', { accept });
      expect(answer.headers['content-type']).toContain('application/json');
    },
  );

  it('of which only the head is wanted reads no more than that takes', async () => {
    counter.forget();
    const answer = await manager.head('/v1/audit-events?resource=many', LINES);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-ndjson' } });
    expect(pagesRead()).toBe(1);
  });

  it('is for auth managers', async () => {
    expectProblem(await new HttpClient(server.url).get('/v1/audit-events', LINES), 401, 'unauthenticated');
    const { issued } = await auth.holder(['content-writer']);
    const writer = new HttpClient(server.url, issued.plaintext);
    expectProblem(await writer.get('/v1/audit-events', LINES), 403, 'forbidden');
  });
});
