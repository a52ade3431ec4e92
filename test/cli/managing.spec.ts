import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import { AUDIENCE, ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { executeSql } from '../support/execute-sql.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type CliEnd, runInProcess } from './cli-runs.js';
import { CountingLink } from './counting-link.js';

jest.setTimeout(60_000);

let issuer: ScriptedIssuer;
let service: ContractService;
let folder: string;
let manager: string;
let operator: string;

beforeAll(async () => {
  issuer = await ScriptedIssuer.start();
  folder = (await createTemporaryFolder('cli-managing')).path;
  const caFile = join(folder, 'issuer-ca.pem');
  await writeFile(caFile, issuer.ca);
  service = await startContractService({
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  manager = service.manager.token ?? '';
  operator = (await enroll(service, ['storage-manager'])).token ?? '';
});

afterAll(async () => {
  await service.stop();
  await issuer.close();
});

function run(args: readonly string[], token = service.publisher.token, url?: string): Promise<CliEnd> {
  const environment = { IMGSRV_URL: url ?? service.running.baseUrl, IMGSRV_TOKEN: token };
  return runInProcess(args, { home: folder, environment });
}

async function say(args: readonly string[], token?: string): Promise<string> {
  const { code, stdout, stderr } = await run(args, token);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

async function json(args: readonly string[], token?: string): Promise<Record<string, unknown>> {
  return JSON.parse(await say([...args, '--json'], token)) as Record<string, unknown>;
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function rule(change: object = {}): string {
  return JSON.stringify({
    display_name: 'pipeline',
    issuer_url: issuer.url,
    audience: AUDIENCE,
    forwarded_claims: ['team'],
    condition: 'identity.subject == "pipeline" && claims.team == "images"',
    ...change,
  });
}

describe('rules', () => {
  it('are tried, saved, replaced, shown and removed', async () => {
    const claims = await file('claims.json', JSON.stringify(issuer.claims()));
    const path = await file('rule.yaml', rule());
    expect(await say(['rules', 'test', path, claims], manager)).toMatch(/^It lets them in: /);
    const others = await file('others.json', JSON.stringify(issuer.claims({ team: 'others' })));
    expect(await say(['rules', 'test', path, others], manager)).toMatch(/^It does not let them in: /);
    expect((await json(['rules', 'ls'], manager))['rules']).toEqual([]);

    const { id } = await json(['rules', 'apply', path], manager);
    await file('rule.yaml', rule({ id, display_name: 'renamed', image_patterns: ['debian-*'] }));
    expect(await say(['rules', 'apply', path], manager)).toContain(`The rule ${String(id)} is replaced.`);
    expect(await json(['rules', 'ls'], manager)).toMatchObject({ rules: [{ id, display_name: 'renamed' }] });
    expect(await say(['rules', 'ls'], manager)).toContain('renamed');
    expect(await say(['rules', 'show', String(id)], manager)).toMatch(/debian-\*[^]*enabled/);
    expect(await say(['rules', 'rm', String(id)], manager)).toBe('It is removed.');
    expect(await run(['rules', 'show', String(id)], manager)).toMatchObject({ code: 3 });
  });

  it('that let in more than meant are warned of', async () => {
    const path = await file('wide.yaml', rule({ condition: 'true' }));
    const claims = await file('any.json', JSON.stringify(issuer.claims()));
    expect(await say(['rules', 'test', path, claims], manager)).toContain('Beware: ');
  });

  it.each<[string, string, number, RegExp]>([
    ['no YAML', '{', 2, /neither YAML nor JSON/],
    ['a list', '[]', 2, /no names and values at its top/],
    ['an unknown member', rule2('"surprise": 1'), 2, /surprise/],
    ['a condition that is none', rule2('"condition": "identity.subject =="'), 2, /condition/i],
  ])('of %s are refused', async (_what, text, code, message) => {
    const path = await file('wrong.yaml', text.replace('ISSUER', issuer.url));
    const ended = await run(['rules', 'apply', path], manager);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  it('of nobody in particular are denied', async () => {
    expect(await run(['rules', 'ls'])).toMatchObject({ code: 4 });
    expect(await run(['rules', 'apply', join(folder, 'absent.yaml')], manager)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no such file') as string,
    });
  });
});

/** A rule with one more member, or another one in its place. */
function rule2(member: string): string {
  return `{"display_name": "x", "issuer_url": "ISSUER", "audience": "imgsrv", "condition": "false", ${member}}`;
}

describe('uploads', () => {
  it('that were interrupted are listed, shown and given up', async () => {
    expect(await say(['uploads', 'ls'])).toBe('There is none.');
    const content = Buffer.alloc(12 * 2 ** 20, randomBytes(64));
    const path = await file('large-amd64.raw', content);
    const link = await CountingLink.to(service.running.baseUrl);
    const abort = new AbortController();
    const environment = { IMGSRV_URL: link.url, IMGSRV_TOKEN: service.publisher.token };
    const stopped = link.stopAfter('up', 8 * 2 ** 20);
    const args = ['publish', 'large', '1', path, '--parallel', '1', '--part-size', '5MiB'];
    const publish = runInProcess(args, { home: folder, environment }, abort.signal);
    await stopped;
    abort.abort(new Error('interrupted'));
    expect((await publish).code).not.toBe(0);
    await link.close();
    const { uploads } = (await json(['uploads', 'ls'])) as { uploads: { id: string; state: string }[] };
    expect(uploads).toMatchObject([{ state: 'uploading', expected_digest: digestOf(content) }]);
    const id = uploads[0]?.id ?? '';
    expect(await say(['uploads', 'ls'])).toMatch(/uploading +5\.0 MiB +12\.0 MiB/);
    expect(await say(['uploads', 'show', id])).toMatch(/5\.0 MiB of 12\.0 MiB/);
    expect(await say(['uploads', 'abort', id])).toBe('The upload is aborted.');
    expect(await say(['uploads', 'abort', id])).toBe('The upload is aborted.');
    expect(await json(['uploads', 'show', id])).toMatchObject({ state: 'aborted' });
  });

  it('of others and of nobody are not found', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    expect(await run(['uploads', 'show', id])).toMatchObject({ code: 3 });
    expect(await run(['uploads', 'abort', id])).toMatchObject({ code: 3 });
    expect(await run(['uploads', 'show', 'x'])).toMatchObject({ code: 2 });
  });

  it('are forgotten when what remembers them is damaged', async () => {
    const states = join(folder, '.local', 'state', 'imgsrv', 'uploads');
    for (const name of await readdir(states)) await writeFile(join(states, name), '{');
    expect(await json(['uploads', 'ls'])).toEqual({ uploads: [] });
  });
});

describe('storage', () => {
  it('is told, listed, previewed and collected', async () => {
    const { digest } = await service.publisher.uploadFile(randomBytes(3000));
    expect(await json(['storage', 'show'], operator)).toMatchObject({ states: { available: {} } });
    expect(await say(['storage', 'show'], operator)).toMatch(/in use .*[^]*reclaimable/);
    expect(await json(['storage', 'blobs'], operator)).toMatchObject({
      blobs: expect.arrayContaining([expect.objectContaining({ digest })]) as unknown[],
    });
    await executeSql(
      service.running.databaseUrl,
      `UPDATE blobs SET state = 'damaged', damage = 'lost', damaged_at = now() WHERE digest = $1`,
      [digest],
    );
    const damaged = await json(['storage', 'blobs', '--state', 'damaged'], operator);
    expect(damaged).toMatchObject({ blobs: [{ digest, state: 'damaged' }] });
    expect(await say(['storage', 'collect', '--dry-run'], operator)).toMatch(/examined[^]*would remove/);
    expect(await say(['storage', 'collect'], operator)).toMatch(/examined[^]*removed/);
    expect(await json(['storage', 'collect', '--dry-run'], operator)).toMatchObject({ state: 'succeeded' });
  });

  it.each([['show'], ['blobs'], ['collect']])('%s is denied to a publisher', async (name) => {
    expect(await run(['storage', name])).toMatchObject({ code: 4 });
  });

  it('has no other states', async () => {
    const { code, stderr } = await run(['storage', 'blobs', '--state', 'gone'], operator);
    expect([code, stderr]).toEqual([2, expect.stringContaining('available, damaged')]);
  });
});

describe('private images', () => {
  it('are published, shown and changed, and say who can fetch them', async () => {
    const disk = await file('private.img', Buffer.concat([Buffer.from('plain'), randomBytes(2000)]));
    const image = `private-${randomBytes(4).toString('hex')}`;
    const said = await say(['publish', image, '1', disk, '--arch', 'amd64', '--visibility', 'private', '-q']);
    expect(said).toContain(`Those with a grant for it can fetch it: imgsrv pull ${image}:1`);
    expect(await say(['visibility', image])).toBe(
      `${image} is private: only those with a grant for it see it.`,
    );
    expect(await say(['ls'])).toMatch(new RegExp(`^${image} +private `, 'm'));
    expect((await run(['show', image], operator)).code).toBe(3);
    expect(await say(['visibility', image, 'internal'])).toBe(
      `${image} is internal: whoever has a credential sees it.`,
    );
    expect((await run(['show', image], operator)).code).toBe(0);
    expect(await run(['visibility', image, 'secret'])).toMatchObject({ code: 2 });
    expect(await run(['visibility', 'nothing', 'public'])).toMatchObject({ code: 3 });
    const again = await run(['publish', image, '2', disk, '--arch', 'amd64', '--visibility', 'secret']);
    expect(again).toMatchObject({ code: 2 });
  });

  it('are read by links that are made, listed and revoked', async () => {
    const id = String((await json(['principals', 'create', 'site', '--role', 'content-reader'], manager)).id);
    const address = await say(
      ['links', 'make', id, '--images', 'private-*', '--name', 'site', '-q'],
      manager,
    );
    expect(address.startsWith(`${service.running.baseUrl}/t/imgsrv_rl_`)).toBe(true);
    expect((await fetch(`${address}/v1/images`)).status).toBe(200);
    const list = await say(['links', 'ls', id], manager);
    expect(list).toMatch(/site +private-\* /);
    const [, linkId = ''] = /^([0-9a-f-]{36}) /m.exec(list) ?? [];
    expect(await say(['links', 'revoke', linkId], manager)).toBe('It is revoked.');
    expect((await fetch(`${address}/v1/images`)).status).toBe(404);
    expect(await run(['links', 'make', id, '--expires-in', 'never'], manager)).toMatchObject({ code: 2 });
    expect(await run(['links', 'make', id])).toMatchObject({ code: 4 });
  });
});
