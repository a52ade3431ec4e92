import { randomUUID } from 'node:crypto';
import { executeSql } from '../support/execute-sql.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { someBytes } from './upload-steps.js';

const UNKNOWN_TOKEN = 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS';

interface Event {
  readonly id: string;
  readonly occurred_at: string;
  readonly request_id?: string;
  readonly principal_id?: string;
  readonly credential_kind?: string;
  readonly credential_id?: string;
  readonly action: string;
  readonly resource: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly before?: object;
  readonly after?: object;
}

let service: ContractService;

beforeAll(async () => {
  service = await startContractService();
});
afterAll(() => service.stop());

async function events(query: string): Promise<readonly Event[]> {
  const answer = await service.manager.get(`/v1/audit-events${query}`);
  expect(answer.status).toBe(200);
  return (answer.json as { audit_events: Event[] }).audit_events;
}

/** Refusals are written behind the answers. */
async function refusal(requestId: string): Promise<Event> {
  return waitFor(async () => (await events(`?request_id=${requestId}`))[0], {
    what: 'the refusal on record',
  });
}

async function newPublisher(patterns?: readonly string[]) {
  const created = await service.manager.post('/v1/auth/principals', { kind: 'service', display_name: 'p' });
  const { id } = created.json as { id: string };
  await service.manager.send(
    'PUT',
    `/v1/auth/principals/${id}/roles/content-writer`,
    patterns === undefined ? {} : { json: { image_patterns: patterns } },
  );
  const issued = await service.manager.post(`/v1/auth/principals/${id}/api-tokens`, {
    name: 'ci',
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const token = issued.json as { id: string; plaintext: string };
  return { id, token, client: new HttpClient(service.running.baseUrl, token.plaintext) };
}

describe('a change', () => {
  it('is on record with who, what, before and after', async () => {
    const { id, token, client } = await newPublisher();
    const name = `image-${randomUUID()}`;
    const requestId = randomUUID();
    await client.post('/v1/images', { name, display_name: 'One' });
    const answer = await client.send('PATCH', `/v1/images/${name}`, {
      json: { display_name: 'Two' },
      headers: { 'x-request-id': requestId },
    });
    expect(answer.status).toBe(200);
    expect(await events(`?request_id=${requestId}`)).toEqual([
      {
        id: expect.stringMatching(/^\d+$/) as string,
        occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        request_id: requestId,
        source: expect.stringContaining('127.0.0.1') as string,
        principal_id: id,
        credential_kind: 'api-token',
        credential_id: token.id,
        action: 'image.change',
        resource: `images/${name}`,
        outcome: 'success',
        before: { display_name: 'One', description: null, visibility: 'public' },
        after: { display_name: 'Two', description: null, visibility: 'public' },
      },
    ]);
  });

  it('that is refused by a rule of the domain is not on record', async () => {
    const requestId = randomUUID();
    const answer = await service.writer.send('POST', '/v1/images', {
      json: { name: 'amd64' },
      headers: { 'x-request-id': requestId },
    });
    expect(answer.status).toBe(400);
    expect(await events(`?request_id=${requestId}`)).toEqual([]);
  });

  it('that fails with its record is not made', async () => {
    const { databaseUrl } = service.running;
    const name = `image-${randomUUID()}`;
    await executeSql(
      databaseUrl,
      'ALTER TABLE audit_events ADD CONSTRAINT nothing_more CHECK (false) NOT VALID',
    );
    try {
      expectProblem(await service.writer.post('/v1/images', { name }), 500, 'internal-error');
    } finally {
      await executeSql(databaseUrl, 'ALTER TABLE audit_events DROP CONSTRAINT nothing_more');
    }
    expectProblem(await service.writer.get(`/v1/images/${name}`), 404, 'image-not-found');
    expect(await events(`?resource=images/${name}`)).toEqual([]);
  });

  it('of tokens never shows what could be presented', async () => {
    const { token } = await newPublisher();
    const all = JSON.stringify(await events(''));
    expect(all).toContain(token.id);
    expect(all).not.toContain(token.plaintext.split('_').at(-1));
    expect(all).not.toMatch(/imgsrv_at_/);
  });
});

describe('a refusal', () => {
  const send = async (client: HttpClient, method: string, path: string) => {
    const requestId = randomUUID();
    const answer = await client.send(method, path, { headers: { 'x-request-id': requestId } });
    return { requestId, status: answer.status };
  };

  it('of a token that nobody knows is on record', async () => {
    const stranger = new HttpClient(service.running.baseUrl, UNKNOWN_TOKEN);
    const { requestId } = await send(stranger, 'GET', '/v1/images?limit=1');
    expect(await refusal(requestId)).toMatchObject({
      action: 'authenticate',
      resource: 'images',
      outcome: 'denied',
      reason: 'unknown',
      facts: { method: 'GET', route: '/v1/images' },
    });
  });

  it.each<[string, (publisher: Awaited<ReturnType<typeof newPublisher>>) => Promise<unknown>]>([
    ['revoked', ({ token }) => service.manager.send('DELETE', `/v1/auth/api-tokens/${token.id}`)],
    [
      'principal-disabled',
      ({ id }) => service.manager.send('PATCH', `/v1/auth/principals/${id}`, { json: { disabled: true } }),
    ],
  ])('of a token that was %s names whose it is', async (reason, end) => {
    const publisher = await newPublisher();
    await end(publisher);
    const { requestId, status } = await send(publisher.client, 'GET', '/v1/auth/whoami');
    expect(status).toBe(401);
    expect(await refusal(requestId)).toMatchObject({
      principal_id: publisher.id,
      credential_id: publisher.token.id,
      reason,
    });
  });

  it('for lack of a role is on record with who it was', async () => {
    const { id, token, client } = await newPublisher();
    const { requestId, status } = await send(client, 'POST', '/v1/auth/principals');
    expect(status).toBe(403);
    expect(await refusal(requestId)).toMatchObject({
      action: 'authorize',
      resource: 'auth/principals',
      reason: 'forbidden',
      principal_id: id,
      credential_id: token.id,
    });
  });

  it('that looks as if something was absent is on record as what it is', async () => {
    const { client } = await newPublisher(['own-*']);
    const { requestId, status } = await send(client, 'DELETE', '/v1/images/others/aliases/latest');
    expect(status).toBe(404);
    expect(await refusal(requestId)).toMatchObject({
      action: 'authorize',
      reason: 'forbidden',
      outcome: 'denied',
      resource: 'images/others/aliases/latest',
      facts: {
        method: 'DELETE',
        route: '/v1/images/:name/aliases/:alias',
        parameters: { name: 'others', alias: 'latest' },
      },
    });
  });

  it.each([
    [
      'control characters',
      '/v1/images/debian%00%0A%E2%80%AE/aliases/latest',
      'images/:name/aliases/latest',
      { alias: 'latest' },
    ],
    [
      'a long name',
      `/v1/images/${'x'.repeat(4000)}/aliases/latest`,
      'images/:name/aliases/latest',
      { alias: 'latest' },
    ],
    ['markup', '/v1/images/debian/aliases/%3Cscript%3E', 'images/debian/aliases/:alias', { name: 'debian' }],
  ])('of a path with %s is on record without it', async (_what, path, resource, parameters) => {
    const stranger = new HttpClient(service.running.baseUrl, UNKNOWN_TOKEN);
    const { requestId, status } = await send(stranger, 'DELETE', path);
    expect(status).toBe(401);
    expect(await refusal(requestId)).toMatchObject({
      resource,
      facts: { route: '/v1/images/:name/aliases/:alias', parameters },
    });
  });

  it.each([undefined, 'not-a-token'])('of the credential %j is not worth a record', async (token) => {
    const client = new HttpClient(service.running.baseUrl, token);
    const { requestId, status } = await send(client, 'GET', '/v1/auth/whoami');
    expect(status).toBe(401);
    // One that comes later and is on record shows that the earlier one would be there by now.
    const marker = await send(new HttpClient(service.running.baseUrl, UNKNOWN_TOKEN), 'GET', '/v1/images');
    await refusal(marker.requestId);
    expect(await events(`?request_id=${requestId}`)).toEqual([]);
  });
});

describe('the list', () => {
  it('is for auth managers', async () => {
    expectProblem(await service.anonymous.get('/v1/audit-events'), 401, 'unauthenticated');
    expectProblem(await service.writer.get('/v1/audit-events'), 403, 'forbidden');
  });

  it('is newest first, page by page, without gaps', async () => {
    const name = `image-${randomUUID()}`;
    await service.writer.post('/v1/images', { name });
    for (const version of ['1', '2', '3', '4']) {
      await service.writer.post(`/v1/images/${name}/versions`, { version });
    }
    const query = `?resource=images/${name}`;
    const whole = await events(query);
    expect(whole.map(({ resource }) => resource.split('/').at(-1))).toEqual(['4', '3', '2', '1', name]);
    const paged: Event[] = [];
    let path: string | undefined = `/v1/audit-events${query}&limit=2`;
    while (path !== undefined) {
      const answer = await service.manager.get(path);
      paged.push(...(answer.json as { audit_events: Event[] }).audit_events);
      path = /<(.*)>; rel="next"/.exec(String(answer.headers.link))?.[1];
    }
    expect(paged).toEqual(whole);
  });

  it('is narrowed by each filter', async () => {
    const { id, client } = await newPublisher();
    const name = `image-${randomUUID()}`;
    await client.post('/v1/images', { name });
    const [made] = await events(`?principal_id=${id}`);
    expect(made).toMatchObject({ resource: `images/${name}` });
    const at = encodeURIComponent(made?.occurred_at ?? '');
    const after = encodeURIComponent(new Date(Date.parse(made?.occurred_at ?? '') + 1).toISOString());
    const matching = [
      `?resource=images/${name}`,
      `?principal_id=${id}&action=image.create`,
      `?principal_id=${id}&outcome=success`,
      `?principal_id=${id}&since=${at}`,
      `?principal_id=${id}&until=${after}`,
    ];
    const failing = [
      `?resource=images/${name.slice(0, -1)}`,
      `?resource=images/${name}/versions`,
      `?principal_id=${id}&action=image.change`,
      `?principal_id=${id}&outcome=denied`,
      `?principal_id=${id}&since=${after}`,
      `?principal_id=${id}&until=${at}`,
    ];
    for (const query of matching) expect([query, (await events(query)).length]).toEqual([query, 1]);
    for (const query of failing) expect([query, (await events(query)).length]).toEqual([query, 0]);
  });

  it.each([
    'cursor=x',
    'cursor=0',
    'cursor=99999999999999999999',
    'limit=0',
    'principal_id=x',
    'outcome=maybe',
    'since=yesterday',
    'action=DROP',
    'colour=red',
  ])('refuses the query %s', async (query) => {
    const code = query.startsWith('cursor') ? 'invalid-cursor' : 'invalid-request';
    expectProblem(await service.manager.get(`/v1/audit-events?${query}`), 400, code);
  });
});

describe('the table', () => {
  it.each([
    `UPDATE audit_events SET action = 'x'`,
    `UPDATE audit_events SET action = 'x' WHERE false`,
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
  ])('refuses %s', async (sql) => {
    await expect(executeSql(service.running.databaseUrl, sql)).rejects.toThrow(
      'audit events are never changed or removed',
    );
  });
});

it('records an upload from its begin to its end', async () => {
  const blob = await service.publisher.uploadFile(someBytes());
  const begun = (await events('?action=upload.begin')).find(({ after }) =>
    JSON.stringify(after).includes(blob.digest),
  );
  const about = await events(`?resource=${begun?.resource ?? ''}`);
  expect(about.map(({ action }) => action)).toEqual(['upload.complete', 'upload.begin']);
});
