import { randomBytes } from 'node:crypto';
import { deltaBetween } from '../../libs/catalog/src/deltas/vcdiff/fixtures/encode-vcdiff.js';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import { makeSquashfs } from '../fixtures/squashfs-bytes.js';
import type { HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';
import { DeltaPublisher } from './delta-publisher.js';

let service: ContractService;
let admin: HttpClient;

beforeAll(async () => {
  service = await startContractService({ flags: ['--cas-promotion-poll-interval', '200ms'] });
  admin = await enroll(service, ['content-writer', 'content-admin']);
}, 60_000);

afterAll(() => service.stop(), 60_000);

const hexOf = (bytes: Buffer): string => digestOf(bytes).slice('sha256:'.length);

interface Published {
  readonly publisher: DeltaPublisher;
  readonly root: Buffer;
  readonly delta: Buffer;
}

/** An image with a version 1.0, and 1.1 with a delta of it. */
async function publishBoth(): Promise<Published> {
  const publisher = new DeltaPublisher(service.writer);
  const base = makeSquashfs();
  const root = Buffer.concat([base.subarray(0, 9000), randomBytes(100), base.subarray(9000)]);
  const delta = deltaBetween(base, root);
  expect(await publisher.publish('1.0', { root: base })).toMatchObject({ state: 'succeeded' });
  const ended = await publisher.publish('1.1', { root, delta: { bytes: delta, base: '1.0' } });
  expect(ended).toMatchObject({ state: 'succeeded' });
  return { publisher, root, delta };
}

interface Item {
  readonly ftype: string;
  readonly sha256: string;
  readonly path: string;
  readonly delta_base?: string;
  readonly combined_squashfs_sha256?: string;
}

type Versions = Readonly<Record<string, { readonly items: Readonly<Record<string, Item>> }>>;

/** The versions of the product of a root. */
async function versionsOf(root: Buffer, prefix = ''): Promise<Versions | undefined> {
  const { json } = await service.anonymous.get(`${prefix}/streams/v1/images.json`);
  const { products } = json as { products: Readonly<Record<string, { versions: Versions }>> };
  return Object.values(products).find(({ versions }) =>
    Object.values(versions).some(({ items }) => items.squashfs?.sha256 === hexOf(root)),
  )?.versions;
}

async function deltaOf(root: Buffer, prefix = ''): Promise<Item | undefined> {
  const versions = await versionsOf(root, prefix);
  return Object.values(versions ?? {}).flatMap(({ items }) => items['squashfs.vcdiff'] ?? [])[0];
}

it('is listed with the fingerprint of its base, and served', async () => {
  const { root, delta, publisher } = await publishBoth();
  const versions = await waitFor(() => versionsOf(root));
  const item = await deltaOf(root);
  expect(item).toMatchObject({ ftype: 'squashfs.vcdiff', sha256: hexOf(delta), delta_base: 'delta-base' });
  const base = versions['delta-base']?.items['incus.tar.xz'];
  const { json } = await service.anonymous.get('/streams/v1/images.json');
  const products = Object.entries(
    (json as { products: object }).products as Record<string, { aliases: string }>,
  );
  const [key] =
    products.find(([, { aliases }]) => aliases.split(',').includes(`${publisher.image}/1.0`)) ?? [];
  expect(key).toBe(`incus:amd64:${base?.combined_squashfs_sha256 ?? ''}`);
  const { status, bytes } = await service.anonymous.get(`/${item?.path ?? ''}`);
  expect([status, bytes.equals(delta)]).toEqual([200, true]);
  expect((await service.anonymous.get(`/${base?.path ?? ''}`)).status).toBe(200);
});

it('is not listed while its base is withdrawn, but served to whoever has an older list', async () => {
  const { publisher, root, delta } = await publishBoth();
  const item = await waitFor(() => deltaOf(root));
  const withdrawal = `${publisher.pathOf('1.0')}/withdrawal`;
  expect((await admin.post(withdrawal, { reason: 'broken' })).status).toBe(200);
  await waitFor(async () => ((await deltaOf(root)) === undefined ? true : undefined));
  expect(Object.keys((await versionsOf(root)) ?? {})).not.toContain('delta-base');
  const { status, bytes } = await service.anonymous.get(`/${item.path}`);
  expect([status, bytes.equals(delta)]).toEqual([200, true]);
  expect((await admin.send('DELETE', withdrawal)).status).toBeLessThan(300);
  expect(await waitFor(() => deltaOf(root))).toEqual(item);
});

it('is listed in a channel that does not have its base', async () => {
  const { publisher, root, delta } = await publishBoth();
  await service.writer.send('PUT', `/v1/images/${publisher.image}/aliases/stable`, {
    json: { version: '1.1' },
  });
  const channel = `c-${publisher.image}`.slice(0, 30);
  const put = await admin.send('PUT', `/v1/channels/${channel}`, {
    json: { image_patterns: [publisher.image], alias: 'stable' },
  });
  expect(put.status).toBeLessThan(300);
  expect(await waitFor(() => deltaOf(root, `/c/${channel}`))).toMatchObject({ sha256: hexOf(delta) });
});

it('is nothing that others are shown while the image is private', async () => {
  const { publisher, root } = await publishBoth();
  const item = await waitFor(() => deltaOf(root));
  await admin.send('PATCH', `/v1/images/${publisher.image}`, { json: { visibility: 'private' } });
  await waitFor(async () => ((await versionsOf(root)) === undefined ? true : undefined));
  expect((await service.anonymous.get(`/${item.path}`)).status).toBe(404);
});
