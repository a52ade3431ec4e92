import { randomUUID } from 'node:crypto';
import { type Answer, HttpClient } from '../support/http-client.js';
import { type ContractService, startContractService } from './contract-service.js';
import { expectProblem } from './problem.js';
import { publishVersion, type PublishedVersion } from './published-version.js';
import { enrollWith, inAnHour, LinkClient } from './visibility-columns.js';

let service: ContractService;
let image: PublishedVersion;

beforeAll(async () => {
  service = await startContractService({
    flags: ['--default-visibility', 'private', '--log-format', 'json'],
  });
  image = await publishVersion(service);
}, 60_000);
afterAll(() => service.stop(), 60_000);

const basicOf = (text: string): HttpClient['send'] => {
  const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
  return (method, path, call) =>
    service.anonymous.send(method, path, { ...call, headers: { authorization } });
};

describe('Basic', () => {
  it('carries a token as its password, whatever the user is called', async () => {
    const { token } = await enrollWith(service, { 'content-reader': [image.image] });
    for (const user of ['', 'me', 'imgsrv', 'Jürgen']) {
      expect((await basicOf(`${user}:${token}`)('GET', image.artifactPath)).status).toBe(200);
      expect((await basicOf(`${user}:${token}`)('HEAD', image.artifactPath)).status).toBe(200);
    }
    expect((await basicOf(`me:${token}`)('GET', '/v1/auth/whoami')).members.role_ids).toEqual([
      'content-reader',
    ]);
  });

  it.each([
    ['no colon', 'imgsrv'],
    ['no password', 'imgsrv:'],
    ['another password', 'imgsrv:secret'],
    ['a token as the user', 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS:'],
    ['a blank', 'imgsrv: x'],
    ['a line break', 'imgsrv:\r\nx'],
    ['a long password', `imgsrv:${'x'.repeat(12_000)}`],
  ])('with %s is refused', async (_, text) => {
    expectProblem(await basicOf(text)('GET', image.artifactPath), 401, 'unauthenticated');
  });

  it.each(['Basic', 'Basic ', 'Basic !!!', 'Basic YTpi YTpi', 'Basic YTpi, Bearer x'])(
    'of the form %j is refused',
    async (authorization) => {
      const answer = await service.anonymous.get(image.artifactPath, { authorization });
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    },
  );

  it('is for reading only, and says so', async () => {
    const { token } = await enrollWith(service, { 'content-writer': undefined });
    const json = { name: `image-${randomUUID()}` };
    const problem = expectProblem(
      await basicOf(`me:${token}`)('POST', '/v1/images', { json }),
      401,
      'unauthenticated',
    );
    expect(problem.detail).toMatch(/^Only requests that read/);
    const absent = await new HttpClient(service.running.baseUrl, token).get(`/v1/images/${json.name}`);
    expect(absent.status).toBe(404);
  });
});

interface Made {
  readonly id: string;
  readonly path: string;
  readonly principal: string;
  readonly reader: HttpClient;
}

async function makeLink(body: object = {}, roles: object = { 'content-reader': undefined }): Promise<Made> {
  const { id: principal } = await enrollWith(service, roles as Parameters<typeof enrollWith>[1]);
  const made = await issue(principal, body);
  expect(made.status).toBe(201);
  const path = String(made.members.path);
  return {
    id: String(made.members.id),
    path,
    principal,
    reader: new LinkClient(service.running.baseUrl, path),
  };
}

const issue = (principal: string, body: object): Promise<Answer> =>
  service.manager.post(`/v1/auth/principals/${principal}/read-links`, { expires_at: inAnHour(), ...body });

describe('a read link', () => {
  it.each<[string, object, string]>([
    ['no time', { expires_at: undefined }, 'invalid-request'],
    ['a time that has passed', { expires_at: '2020-01-01T00:00:00Z' }, 'token-expiry-not-in-future'],
    ['a time far ahead', { expires_at: '2100-01-01T00:00:00Z' }, 'token-lifetime-too-long'],
    ['no text as a time', { expires_at: 5 }, 'invalid-request'],
    ['no patterns', { image_patterns: [] }, 'invalid-request'],
    ['a pattern that would cover others', { image_patterns: ['web*'] }, 'invalid-request'],
    [
      '65 patterns',
      { image_patterns: Array.from({ length: 65 }, (_, index) => `a-${index}`) },
      'invalid-request',
    ],
    ['an unknown member', { scope: 'all' }, 'invalid-request'],
    ['a name that is no text', { name: 7 }, 'invalid-request'],
  ])('is not made with %s', async (_, body, code) => {
    const { id } = await enrollWith(service, {});
    expectProblem(await issue(id, body), 400, code);
    expect((await service.manager.get(`/v1/auth/principals/${id}/read-links`)).members).toEqual({
      read_links: [],
    });
  });

  it('is not made for nobody, nor revoked when it is none', async () => {
    expectProblem(await issue(randomUUID(), {}), 404, 'principal-not-found');
    const answer = await service.manager.delete(`/v1/auth/read-links/${randomUUID()}`);
    expectProblem(answer, 404, 'read-link-not-found');
    const list = await service.manager.get(`/v1/auth/principals/${randomUUID()}/read-links`);
    expectProblem(list, 404, 'principal-not-found');
  });

  it('is shown once, listed without its secret, and ended at once', async () => {
    const { id, path, principal, reader } = await makeLink({ name: 'site', image_patterns: [image.image] });
    expect(path).toMatch(/^\/t\/imgsrv_rl_[0-9A-Za-z]{16}_[0-9A-Za-z]{36}$/);
    const list = await service.manager.get(`/v1/auth/principals/${principal}/read-links`);
    expect(list.members.read_links).toMatchObject([{ id, name: 'site', image_patterns: [image.image] }]);
    expect(list.bytes.toString()).not.toContain('imgsrv_rl_');
    expect((await reader.get(image.artifactPath)).bytes).toEqual(image.artifactBytes);
    expect((await service.manager.delete(`/v1/auth/read-links/${id}`)).status).toBe(204);
    expectProblem(await reader.get(image.artifactPath), 404, 'read-link-unusable');
    expect((await service.manager.delete(`/v1/auth/read-links/${id}`)).status).toBe(204);
  });

  it('shows what its principal may see now, and no more', async () => {
    const { principal, reader } = await makeLink({}, { 'content-reader': [image.image] });
    expect((await reader.get(image.artifactPath)).status).toBe(200);
    const path = `/v1/auth/principals/${principal}`;
    await service.manager.delete(`${path}/roles/content-reader`);
    expectProblem(await reader.get(image.artifactPath), 404, 'artifact-not-found');
    await service.manager.put(`${path}/roles/content-reader`);
    await service.manager.patch(path, { disabled: true });
    expectProblem(await reader.get(image.artifactPath), 404, 'read-link-unusable');
    await service.manager.patch(path, { disabled: false });
    expect((await reader.get(image.artifactPath)).status).toBe(200);
    await service.manager.delete(path);
    expectProblem(await reader.get(image.artifactPath), 404, 'read-link-unusable');
  });

  it('expires', async () => {
    const { reader } = await makeLink({ expires_at: new Date(Date.now() + 1000).toISOString() });
    expect((await reader.get('/v1/images')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expectProblem(await reader.get('/v1/images'), 404, 'read-link-unusable');
  });

  it.each([
    '/t/',
    '/t/x',
    '/t/x/v1/images',
    '/t/%00/v1/images',
    '/t//v1/images',
    `/t/${'x'.repeat(5000)}/v1/images`,
    '/t/../v1/images',
  ])('of the form %.40s is none', async (path) => {
    const answer = await service.anonymous.get(path);
    expect(answer.status).toBe(404);
    expect(answer.bytes.toString()).toContain('urn:imgsrv:problem:');
  });

  it('opens nothing but what images show: no pages, no accounts, no drafts, nothing to write', async () => {
    const { reader } = await makeLink({}, { 'content-writer': undefined, 'auth-manager': undefined });
    expect((await reader.get(`/v1/images/${image.image}/versions/1.0`)).status).toBe(200);
    expectProblem(await reader.get(`/v1/images/${image.image}/versions/2.0`), 404, 'version-not-found');
    for (const path of [
      '/',
      `/images/${image.image}`,
      '/v1/auth/whoami',
      '/v1/auth/principals',
      '/v1/uploads/x',
      '/sign-in',
    ]) {
      expect([path, (await reader.get(path)).status]).toEqual([path, 404]);
    }
    for (const [method, path] of [
      ['POST', '/v1/images'],
      ['PATCH', `/v1/images/${image.image}`],
      ['DELETE', `/v1/images/${image.image}`],
      ['PUT', `/v1/images/${image.image}/aliases/x`],
    ] as const) {
      expect((await reader.send(method, path, { json: { name: 'x', visibility: 'public' } })).status).toBe(
        404,
      );
    }
    expect((await service.writer.get(`/v1/images/${image.image}`)).members.visibility).toBe('private');
  });

  it('leads to the next page of a list', async () => {
    await publishVersion(service);
    const { reader, path } = await makeLink();
    const first = await reader.get('/v1/images?limit=1');
    const [, next = ''] = /<([^>]+)>; rel="next"/.exec(String(first.headers.link)) ?? [];
    expect(next.startsWith(`${path}/v1/images?`)).toBe(true);
    const second = await service.anonymous.get(next);
    expect(second.status).toBe(200);
    expect(second.members.images).toHaveLength(1);
    expect(second.bytes.equals(first.bytes)).toBe(false);
  });

  it('is in no log, and no page that it leads to tells its address on', async () => {
    const { reader, path } = await makeLink();
    const answers = [
      await reader.get('/v1/images'),
      await reader.get('/v1/nothing'),
      await reader.get('/v1/images?limit=x'),
      await reader.get('/streams/v1/index.json'),
      await reader.send('POST', '/v1/images', { body: '{' }),
    ];
    expect(answers.map(({ headers }) => headers['referrer-policy'])).toEqual(
      answers.map(() => 'no-referrer'),
    );
    const secret = path.slice('/t/'.length);
    const events = await service.manager.get('/v1/audit-events?limit=500');
    expect(events.bytes.toString()).toContain('read_link.issue');
    const log = service.running.apis.map(({ stderr }) => stderr).join('');
    for (const text of [log, events.bytes.toString(), ...answers.map(({ bytes }) => bytes.toString())]) {
      expect(text).not.toContain(secret);
    }
    expect(log).toContain('/t/…/v1/images');
  });
});
