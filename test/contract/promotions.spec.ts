import { randomBytes, randomUUID } from 'node:crypto';
import { enroll, type JoinedService, joinContractService } from './contract-service.js';
import { expectProblem } from './problem.js';

interface Promotion {
  readonly id: string;
  readonly to_alias: string;
  readonly version?: string;
}

const NOBODYS = '0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6';

let service: JoinedService;
let image: string;
let path: string;

beforeAll(async () => {
  service = await joinContractService();
});

/** Three published versions of a new image; `testing` names the last. */
beforeEach(async () => {
  image = `image-${randomUUID()}`;
  path = `/v1/images/${image}/promotions`;
  const { publisher } = service;
  await publisher.createImage(image);
  const blob = await publisher.uploadFile(randomBytes(2000));
  for (const version of ['1', '2', '3']) {
    await publisher.createVersion(image, version);
    await publisher.addArtifact(image, version, { format: 'raw', blob });
    await publisher.publish(image, version);
    await publisher.setAlias(image, 'testing', version);
  }
}, 30_000);

const promote = (from_alias: string, to_alias: string, headers: Readonly<Record<string, string>> = {}) =>
  service.writer.send('POST', path, { json: { from_alias, to_alias }, headers });
const revert = (id: string) => service.writer.post(`${path}/${id}/revert`);
const history = async () =>
  ((await service.writer.get(path)).members as { readonly promotions: readonly Promotion[] }).promotions;
async function named(alias: string): Promise<unknown> {
  return (await service.anonymous.get(`/v1/images/${image}/aliases/${alias}`)).members.version;
}

it('lets an alias name what another one names, and keeps that it did', async () => {
  const { publisher } = service;
  await publisher.setAlias(image, 'stable', '1');
  const made = await promote('testing', 'stable');
  const { id } = made.members as { readonly id: string };
  expect(made).toMatchObject({
    status: 201,
    headers: { location: `${path}/${id}` },
    members: { from_alias: 'testing', to_alias: 'stable', version: '3', previous_version: '1' },
  });
  expect(await named('stable')).toBe('3');
  expect((await service.writer.get(`${path}/${id}`)).members).toEqual(made.members);
  expect(await history()).toEqual([made.members]);
});

it('is taken back by one call, once, and that is kept as well', async () => {
  await service.publisher.setAlias(image, 'stable', '2');
  const { id } = (await promote('testing', 'stable')).members as { readonly id: string };
  const back = await revert(id);
  expect(back).toMatchObject({
    status: 201,
    members: { to_alias: 'stable', version: '2', previous_version: '3', reverts: id },
  });
  expect(await named('stable')).toBe('2');
  expect(await history()).toMatchObject([{ reverts: id }, { id, reverted_by: back.members.id }]);
  expectProblem(await revert(id), 409, 'promotion-superseded');
  expect(await named('stable')).toBe('2');
});

it('takes an alias away again that was new', async () => {
  const { id } = (await promote('testing', 'fresh')).members as { readonly id: string };
  const back = await revert(id);
  expect(back.members).toMatchObject({ to_alias: 'fresh', previous_version: '3' });
  expect(back.members).not.toHaveProperty('version');
  expect((await service.anonymous.get(`/v1/images/${image}/aliases/fresh`)).status).toBe(404);
  // What took it back is taken back like any other move.
  expect((await revert(String(back.members.id))).members).toMatchObject({ to_alias: 'fresh', version: '3' });
  expect(await named('fresh')).toBe('3');
});

it.each<[string, () => Promise<unknown>, string]>([
  ['another move', () => service.publisher.setAlias(image, 'stable', '2'), 'it names 2'],
  [
    'its removal',
    () => service.writer.send('DELETE', `/v1/images/${image}/aliases/stable`),
    'it is not there any more',
  ],
])('is not taken back after %s', async (_what, change, why) => {
  await service.publisher.setAlias(image, 'stable', '1');
  const { id } = (await promote('testing', 'stable')).members as { readonly id: string };
  await change();
  const refused = await revert(id);
  expectProblem(refused, 409, 'promotion-superseded');
  expect(refused.members.detail).toContain(why);
});

it('is not taken back to a version that was withdrawn', async () => {
  const admin = await enroll(service, ['content-writer', 'content-admin']);
  await service.publisher.setAlias(image, 'stable', '1');
  const { id } = (await promote('testing', 'stable')).members as { readonly id: string };
  await admin.post(`/v1/images/${image}/versions/1/withdrawal`, { reason: 'bad' });
  expectProblem(await revert(id), 412, 'version-not-published');
  expect(await named('stable')).toBe('3');
});

it('moves nothing when it is repeated, nor when the alias has changed', async () => {
  await promote('testing', 'stable');
  expectProblem(await promote('testing', 'stable'), 409, 'nothing-to-promote');
  await service.publisher.setAlias(image, 'stable', '1');
  const { headers } = await service.anonymous.get(`/v1/images/${image}/aliases/stable`);
  expectProblem(await promote('testing', 'stable', { 'if-match': '"other"' }), 412, 'alias-changed');
  expectProblem(await promote('testing', 'stable', { 'if-none-match': '*' }), 412, 'alias-changed');
  expect((await promote('testing', 'stable', { 'if-match': String(headers.etag) })).status).toBe(201);
  expect(await history()).toHaveLength(2);
});

it('of two at once moves in turn', async () => {
  await service.publisher.setAlias(image, 'old', '1');
  const made = await Promise.all([promote('testing', 'stable'), promote('old', 'stable')]);
  expect(made.map(({ status }) => status)).toEqual([201, 201]);
  const [last, first] = await history();
  expect(last).toMatchObject({ previous_version: first?.version });
  expect(await named('stable')).toBe(last?.version);
});

it.each<[string, object, number, string]>([
  ['no alias to promote', { from_alias: 'nobody', to_alias: 'stable' }, 404, 'alias-not-found'],
  ['a version in the place of an alias', { from_alias: '3', to_alias: 'stable' }, 404, 'alias-not-found'],
  ['the same alias twice', { from_alias: 'testing', to_alias: 'testing' }, 400, 'invalid-request'],
  ['the name of a version', { from_alias: 'testing', to_alias: '1' }, 409, 'name-taken'],
  ['the name of an architecture', { from_alias: 'testing', to_alias: 'amd64' }, 400, 'reserved-name'],
  ['no target', { from_alias: 'testing' }, 400, 'invalid-request'],
  ['a name that is none', { from_alias: 'testing', to_alias: '../x' }, 400, 'invalid-request'],
])('refuses %s', async (_what, json, status, code) => {
  expectProblem(await service.writer.send('POST', path, { json }), status, code);
  expect(await history()).toEqual([]);
});

it('knows only promotions of the image', async () => {
  expectProblem(await revert(NOBODYS), 404, 'promotion-not-found');
  expectProblem(await service.writer.get(`${path}/${NOBODYS}`), 404, 'promotion-not-found');
  expectProblem(await service.writer.get('/v1/images/nobody-s/promotions'), 404, 'image-not-found');
  const { id } = (await promote('testing', 'stable')).members as { readonly id: string };
  const other = `image-${randomUUID()}`;
  await service.publisher.createImage(other);
  const elsewhere = `/v1/images/${other}/promotions/${id}`;
  expectProblem(await service.writer.post(`${elsewhere}/revert`), 404, 'promotion-not-found');
});

it('lists them newest first, in pages', async () => {
  for (const alias of ['a', 'b', 'c']) await promote('testing', alias);
  const first = await service.writer.get(`${path}?limit=2`);
  expect((first.members as { promotions: Promotion[] }).promotions.map((each) => each.to_alias)).toEqual([
    'c',
    'b',
  ]);
  const [, next = ''] = /<([^>]+)>; rel="next"/.exec(String(first.headers.link)) ?? [];
  const second = await service.writer.get(next.slice(next.indexOf('/v1/')));
  expect(second.members).toMatchObject({ promotions: [{ to_alias: 'a' }] });
  expectProblem(await service.writer.get(`${path}?cursor=x`), 400, 'invalid-cursor');
});
