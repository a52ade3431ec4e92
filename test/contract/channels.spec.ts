import { randomBytes, randomUUID } from 'node:crypto';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { HttpClient } from '../support/http-client.js';
import { type ContractService, startContractService } from './contract-service.js';
import { expectProblem } from './problem.js';
import { digestOf } from './upload-steps.js';
import { enrollWith } from './visibility-columns.js';

interface Products {
  readonly products: Readonly<
    Record<
      string,
      {
        readonly aliases: string;
        readonly versions: Record<string, { items: Record<string, { path: string; sha256: string }> }>;
      }
    >
  >;
}

let service: ContractService;

beforeAll(async () => {
  service = await startContractService();
}, 60_000);
afterAll(() => service.stop(), 60_000);

async function publish(image: string, version: string): Promise<void> {
  const { publisher } = service;
  const disk = makeWholeQcow2();
  disk.write(randomUUID(), 60_000);
  const blob = await publisher.uploadFile(disk);
  const metadata = await publisher.uploadFile(readRealArchive('split'));
  await publisher.createVersion(image, version);
  const { id } = await publisher.addArtifact(image, version, { format: 'qcow2', blob });
  await publisher.addAttachment(image, version, id, { name: 'incus.tar.xz', blob: metadata });
  await publisher.publish(image, version);
}

/** An image with two versions, the first of which is stable. */
async function publishedImage(name = `image-${randomUUID()}`): Promise<string> {
  await service.publisher.createImage(name);
  await publish(name, '1');
  await publish(name, '2');
  await service.publisher.setAlias(name, 'stable', '1');
  await service.publisher.setAlias(name, 'latest', '2');
  return name;
}

const put = (channel: string, json: object, client: HttpClient = service.writer) =>
  client.send('PUT', `/v1/channels/${channel}`, { json });

async function listed(channel: string): Promise<string[]> {
  const answer = await service.anonymous.get(`/c/${channel}/streams/v1/images.json`);
  expect(answer.status).toBe(200);
  return Object.values((answer.json as Products).products).flatMap(({ aliases }) => aliases.split(','));
}

it('shows of each image that it is for the version that its alias names, as that moves', async () => {
  const [shown, other] = [await publishedImage(), await publishedImage()];
  const saved = await put('stable', { image_patterns: [shown], alias: 'stable' });
  expect(saved).toMatchObject({
    status: 200,
    members: { name: 'stable', image_patterns: [shown], alias: 'stable', shown: 1, warnings: [] },
  });
  expect((await listed('stable')).sort()).toEqual([shown, `${shown}/1`, `${shown}/stable`]);
  await service.publisher.setAlias(shown, 'stable', '2');
  expect((await listed('stable')).sort()).toEqual([
    shown,
    `${shown}/2`,
    `${shown}/latest`,
    `${shown}/stable`,
  ]);
  await service.writer.send('DELETE', `/v1/images/${shown}/aliases/stable`);
  expect(await listed('stable')).toEqual([]);
  const whole = await service.anonymous.get('/streams/v1/images.json');
  expect(whole.bytes.toString()).toContain(other);
  await put('stable', { image_patterns: [shown, other], alias: 'latest' });
  expect(await listed('stable')).toContain(`${other}/2`);
});

it('is a remote of its own: an index beside the list, and files below it', async () => {
  const image = await publishedImage();
  await put('remote', { image_patterns: [image], alias: 'stable' });
  const index = await service.anonymous.get('/c/remote/streams/v1/index.json');
  expect(index.members).toMatchObject({ index: { images: { path: 'streams/v1/images.json' } } });
  const { products } = (await service.anonymous.get('/c/remote/streams/v1/images.json')).json as Products;
  const items = Object.values(products).flatMap(({ versions }) =>
    Object.values(versions).flatMap((version) => Object.values(version.items)),
  );
  expect(items.length).toBeGreaterThan(0);
  for (const { path, sha256 } of items) {
    expect(digestOf((await service.anonymous.get(`/c/remote/${path}`)).bytes)).toBe(`sha256:${sha256}`);
  }
  const [{ path } = { path: '' }] = items;
  await service.publisher.setAlias(image, 'stable', '2');
  expect((await service.anonymous.get(`/c/remote/${path}`)).status).toBe(200);
  expectProblem(
    await service.anonymous.get(`/c/remote/streams/v1/files/${'0'.repeat(64)}/x.qcow2`),
    404,
    'streams-file-not-found',
  );
});

it('has entity tags of its own, and 304 until something of it changes', async () => {
  const image = await publishedImage();
  await put('tagged', { image_patterns: [image], alias: 'stable' });
  const path = '/c/tagged/streams/v1/images.json';
  const { etag } = (await service.anonymous.get(path)).headers;
  await publishedImage();
  expect((await service.anonymous.get(path, { 'if-none-match': String(etag) })).status).toBe(304);
  await service.publisher.setAlias(image, 'stable', '2');
  expect((await service.anonymous.get(path, { 'if-none-match': String(etag) })).status).toBe(200);
});

it('is listed, replaced as a whole, and gone at once when it is deleted', async () => {
  await put('passing', { image_patterns: ['nothing-*', 'nothing-*'], alias: 'stable' });
  const replaced = await put('passing', { image_patterns: ['else'], alias: 'latest' });
  expect(replaced.members).toMatchObject({ image_patterns: ['else'], alias: 'latest' });
  const { channels } = (await service.anonymous.get('/v1/channels')).members as {
    readonly channels: readonly { readonly name: string }[];
  };
  expect(channels.map(({ name }) => name)).toContain('passing');
  expect(await listed('passing')).toEqual([]);
  expect((await service.writer.send('DELETE', '/v1/channels/passing')).status).toBe(204);
  expectProblem(await service.anonymous.get('/c/passing/streams/v1/images.json'), 404, 'channel-not-found');
  expectProblem(await service.anonymous.get('/v1/channels/passing'), 404, 'channel-not-found');
  expectProblem(await service.writer.send('DELETE', '/v1/channels/passing'), 404, 'channel-not-found');
});

it('says when it shows nothing, and is saved all the same', async () => {
  const image = await publishedImage();
  const nobody = await put('empty', { image_patterns: ['nobody-*'], alias: 'stable' });
  expect(nobody.members.warnings).toEqual([
    'The patterns name no published image: the channel is empty until there is one.',
  ]);
  const unnamed = await put('empty', { image_patterns: [image], alias: 'nightly' });
  expect(unnamed.members.warnings).toEqual([
    'None of the 1 images has the alias nightly: the channel is empty until one has.',
  ]);
});

it.each<[string, string, object, number, string]>([
  ['the name of an architecture', 'amd64', {}, 400, 'reserved-name'],
  ['a name that is none', 'Stable!', {}, 400, 'invalid-request'],
  ['no patterns', 'x', { image_patterns: [] }, 400, 'invalid-request'],
  ['too many patterns', 'x', { image_patterns: Array<string>(65).fill('a') }, 400, 'invalid-request'],
  ['a pattern that is none', 'x', { image_patterns: ['*'] }, 400, 'invalid-request'],
  ['an alias that is none', 'x', { alias: '../x' }, 400, 'invalid-request'],
  ['an unknown member', 'x', { visibility: 'public' }, 400, 'invalid-request'],
])('refuses %s', async (_what, channel, change, status, code) => {
  expectProblem(await put(channel, { image_patterns: ['a'], alias: 'b', ...change }), status, code);
});

it('is not for limited writers whose images it is not about, nor to be taken over by them', async () => {
  const { baseUrl, bootstrapToken } = service.running;
  const limited = (await PublisherClient.enroll({ baseUrl }, bootstrapToken, ['team-*'])).http;
  expect((await put('team', { image_patterns: ['team-a', 'team-b-*'], alias: 'x' }, limited)).status).toBe(
    200,
  );
  for (const image_patterns of [['other'], ['team-a', 'other'], ['te-*'], ['team']]) {
    expectProblem(await put('mine', { image_patterns, alias: 'x' }, limited), 403, 'image-out-of-scope');
  }
  await put('theirs', { image_patterns: ['debian'], alias: 'stable' });
  expectProblem(
    await put('theirs', { image_patterns: ['team-a'], alias: 'x' }, limited),
    403,
    'image-out-of-scope',
  );
  expectProblem(await limited.send('DELETE', '/v1/channels/theirs'), 403, 'image-out-of-scope');
  expect((await service.anonymous.get('/v1/channels/theirs')).members).toMatchObject({ alias: 'stable' });
  expectProblem(
    await put('x', { image_patterns: ['a'], alias: 'b' }, service.anonymous),
    401,
    'unauthenticated',
  );
});

it('has not more than 64 of them', async () => {
  const statuses = new Set<number>();
  for (let number = 0; number < 64; number += 1) {
    statuses.add((await put(`many-${number}`, { image_patterns: ['a'], alias: 'b' })).status);
  }
  expectProblem(await put('one-more', { image_patterns: ['a'], alias: 'b' }), 412, 'catalog-limit');
  expect((await put('many-0', { image_patterns: ['c'], alias: 'b' })).status).toBe(200);
  for (let number = 0; number < 64; number += 1)
    await service.writer.send('DELETE', `/v1/channels/many-${number}`);
  expect(statuses.has(200)).toBe(true);
});

it('holds out against names that nobody made', async () => {
  for (let number = 0; number < 40; number += 1) {
    const path = `/c/${randomBytes(6).toString('hex')}/streams/v1/images.json`;
    expectProblem(await service.anonymous.get(path), 404, 'channel-not-found');
  }
});

it('tells a name in its patterns to those who see that image only', async () => {
  const seen = await publishedImage();
  const hidden = await publishedImage();
  await service.writer.send('PATCH', `/v1/images/${hidden}`, { json: { visibility: 'private' } });
  const absent = `image-${randomUUID()}`;
  await put('names', { image_patterns: [hidden, seen, absent, 'team-*'], alias: 'stable' });
  const patternsFor = async (client: HttpClient): Promise<unknown> => {
    const { members: one } = await client.get('/v1/channels/names');
    const { members: all } = await client.get('/v1/channels');
    const listedOne = (all['channels'] as readonly Record<string, unknown>[]).find(
      ({ name }) => name === 'names',
    );
    expect(one['image_patterns']).toEqual(listedOne?.['image_patterns']);
    return one['image_patterns'];
  };
  expect(await patternsFor(service.anonymous)).toEqual([seen, 'team-*']);
  const { token } = await enrollWith(service, { 'content-reader': [hidden] });
  const reader = new HttpClient(service.running.baseUrl, token);
  expect(await patternsFor(reader)).toEqual([hidden, seen, 'team-*']);
  expect(await patternsFor(service.writer)).toEqual([hidden, seen, absent, 'team-*']);
});
