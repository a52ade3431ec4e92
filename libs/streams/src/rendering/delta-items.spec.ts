import { createHash } from 'node:crypto';
import { digestOfHex } from '@imgsrv/cas';
import type { ArtifactId, FormatName, VersionId } from '@imgsrv/catalog';
import { runAtOnce } from '../steps.js';
import { clientImages } from '../validation/client-images.js';
import { productProblems } from '../validation/product-problems.js';
import { groupByContent } from './contents.js';
import { DELTA_BASE_KEY, deltaItems, deltaPaths } from './delta-items.js';
import { FileNames } from './file-names.js';
import { renderProduct } from './product.js';
import type { PublishedRoot, RootDelta, StreamsFile } from './published-root.js';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (text: string, sizeBytes = 100): StreamsFile => ({ digest: digestOfHex(hex(text)), sizeBytes });

const DELTA: RootDelta = {
  file: file('delta', 30),
  base: { fingerprint: hex('base'), metadata: file('metadata of the base') },
};

function root(fields: Partial<PublishedRoot> = {}): PublishedRoot {
  return {
    artifactId: `${fields.image ?? 'debian'}-2` as ArtifactId,
    client: 'incus',
    imageType: fields.format === 'qcow2' ? 'virtual-machine' : 'container',
    versionId: '2' as VersionId,
    image: 'debian',
    version: '2',
    publishedAt: new Date('2026-01-02T03:04:05Z'),
    isDeprecated: false,
    projectedAt: new Date('2026-01-02T03:04:05Z'),
    architecture: 'amd64',
    variant: 'default',
    os: 'Debian',
    release: 'bookworm',
    releaseTitle: 'bookworm',
    requirements: {},
    format: 'squashfs',
    root: file('root'),
    metadata: file('metadata'),
    fingerprint: hex('fingerprint'),
    delta: DELTA,
    ...fields,
  };
}

function productOf(...roots: readonly PublishedRoot[]) {
  const [content, ...others] = runAtOnce(groupByContent(roots));
  if (content === undefined || others.length > 0) throw new Error('not one content');
  return renderProduct(content, ['debian'], new FileNames());
}

it.each<[FormatName, 'incus' | 'lxd', string]>([
  ['squashfs', 'incus', 'squashfs.vcdiff'],
  ['qcow2', 'incus', 'disk-kvm.img.vcdiff'],
  ['squashfs', 'lxd', 'squashfs.vcdiff'],
  ['qcow2', 'lxd', 'disk-kvm.img.vcdiff'],
])('is an item beside a root of %s for %s, and its base a version without a date', (format, client, name) => {
  const product = productOf(root({ format, client }));
  expect(productProblems(product)).toEqual([]);
  const { [DELTA_BASE_KEY]: base, ...dated } = product.versions;
  const [version, ...others] = Object.values(dated);
  expect(others).toEqual([]);
  expect(version?.items[name]).toEqual({
    ftype: name,
    path: `streams/v1/files/${hex('delta')}/${hex('delta')}.${name}`,
    sha256: hex('delta'),
    size: 30,
    delta_base: DELTA_BASE_KEY,
  });
  expect(base?.items).toEqual({
    [`${client}.tar.xz`]: {
      ftype: `${client}.tar.xz`,
      path: `streams/v1/files/${hex('metadata of the base')}/${hex('metadata of the base')}.${client}.tar.xz`,
      sha256: hex('metadata of the base'),
      size: 100,
      combined_squashfs_sha256: hex('base'),
      'combined_disk-kvm-img_sha256': hex('base'),
    },
  });
});

it('makes no second image, and changes nothing of the first', () => {
  const [with_, without] = [productOf(root()), productOf({ ...root(), delta: { file: DELTA.file } })];
  expect(clientImages(with_)).toEqual(clientImages(without));
  const [key = '', version] = Object.entries(without.versions)[0] ?? [];
  expect(with_.versions[key]?.items).toMatchObject({ ...version?.items });
});

it('is one at most, the first of those that have a base', () => {
  const other = { ...DELTA, file: file('other') };
  const product = productOf(
    root({ image: 'a', delta: { file: file('baseless') } }),
    root({ image: 'b', publishedAt: new Date('2026-02-01') }),
    root({ image: 'c', publishedAt: new Date('2026-03-01'), delta: other }),
  );
  const deltas = Object.values(product.versions).flatMap(({ items }) =>
    Object.values(items).filter(({ delta_base }) => delta_base !== undefined),
  );
  expect(deltas.map(({ sha256 }) => sha256)).toEqual([hex('delta')]);
});

it.each<[string, Partial<PublishedRoot>]>([
  ['without a base', { delta: { file: DELTA.file } }],
  ['of the same content', { fingerprint: hex('base') }],
  ['of a format that has none', { format: 'rootfs.tar.xz' }],
])('is not listed %s', (_what, fields) => {
  expect(deltaItems({ roots: [root(fields)] })).toEqual({ items: {}, versions: {} });
});

it('can be fetched as long as its image is listed', () => {
  expect(deltaPaths({ roots: [root({ delta: { file: DELTA.file } })] })).toEqual([
    `${hex('delta')}/${hex('delta')}.squashfs.vcdiff`,
  ]);
});

describe('a product is refused', () => {
  const sound = productOf(root());
  const { [DELTA_BASE_KEY]: base, ...dated } = sound.versions;
  const [key = '', version] = Object.entries(dated)[0] ?? [];

  it.each<[string, object, RegExp]>([
    ['with a delta and no base', dated, /1 deltas and 0 bases/],
    ['with a base and no version', { [DELTA_BASE_KEY]: base }, /0 versions instead of one/],
    [
      'with two deltas',
      {
        ...sound.versions,
        [key]: { ...version, items: { ...version?.items, x: { delta_base: DELTA_BASE_KEY } } },
      },
      /2 deltas and 1 bases/,
    ],
    [
      'with a delta of another version',
      JSON.parse(
        JSON.stringify(sound.versions).replace('"delta_base":"delta-base"', '"delta_base":"x"'),
      ) as object,
      /does not have/,
    ],
    [
      'with a number as the base',
      JSON.parse(
        JSON.stringify(sound.versions).replace('"delta_base":"delta-base"', '"delta_base":1'),
      ) as object,
      /delta_base/,
    ],
  ])('%s', (_what, versions, problem) => {
    expect(productProblems({ ...sound, versions }).join('\n')).toMatch(problem);
  });
});
