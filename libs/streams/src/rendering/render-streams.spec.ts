import { createHash } from 'node:crypto';
import { type Digest, digestOfHex, hexOf } from '@imgsrv/cas';
import type { ArtifactId, VersionId } from '@imgsrv/catalog';
import { runAtOnce } from '../steps.js';
import { validateDocuments } from '../validation/validate-documents.js';
import { imagesDocument, indexDocument, type StreamsProduct } from './documents.js';
import type { ContentFacts, PublishedAlias, PublishedRoot } from './published-root.js';
import { renderStreams } from './render-streams.js';

const DAY_1 = new Date('2026-01-01T09:05:59.999Z');
const DAY_2 = new Date('2026-01-02T10:30:00Z');
const DAY_3 = new Date('2026-01-03T00:00:00Z');

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

type Fields = Partial<PublishedRoot> & { bytes?: string };

/** A container root of debian 12 for Incus; `bytes` names its content. */
function root(fields: Fields = {}): PublishedRoot {
  const { bytes = 'a', ...given } = fields;
  const [image, version, client] = [given.image ?? 'debian', given.version ?? '12', given.client ?? 'incus'];
  return {
    artifactId: `${image}-${version}-${bytes}` as ArtifactId,
    client,
    imageType: 'container',
    versionId: versionId(image, version),
    image,
    version,
    publishedAt: DAY_1,
    isDeprecated: false,
    projectedAt: given.publishedAt ?? DAY_1,
    architecture: 'amd64',
    variant: 'default',
    os: 'Debian',
    release: 'bookworm',
    releaseTitle: 'bookworm',
    requirements: {},
    format: 'squashfs',
    root: { digest: digestOfHex(hex(`root ${bytes}`)), sizeBytes: 1000 },
    metadata: { digest: digestOfHex(hex(`metadata ${bytes}`)), sizeBytes: 10 },
    fingerprint: hex(`fingerprint ${bytes}`),
    ...given,
  };
}

const vm = (fields: Parameters<typeof root>[0] = {}): PublishedRoot =>
  root({ imageType: 'virtual-machine', format: 'qcow2', bytes: 'vm', ...fields });

function unified(fields: Parameters<typeof root>[0] = {}): PublishedRoot {
  const row = withoutMetadata(root({ format: 'incus.tar.gz', bytes: 'unified', ...fields }));
  return { ...row, fingerprint: hexOf(row.root.digest) };
}

function withoutMetadata(row: PublishedRoot): PublishedRoot {
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => name !== 'metadata'),
  ) as unknown as PublishedRoot;
}

function alias(name: string, version: string, image = 'debian'): PublishedAlias {
  return { image, alias: name, versionId: versionId(image, version) };
}

function versionId(image: string, version: string): VersionId {
  return `${image}-${version}` as VersionId;
}

/** Renders and asserts that the documents are sound, as every rendering must be. */
function render(roots: readonly PublishedRoot[], aliases: readonly PublishedAlias[] = []) {
  const rendered = runAtOnce(renderStreams(roots, aliases));
  const index = indexDocument([...rendered.products.keys()]);
  expect(runAtOnce(validateDocuments(index, imagesDocument(rendered.products)))).toEqual([]);
  return rendered;
}

function only(roots: readonly PublishedRoot[], aliases: readonly PublishedAlias[] = []): StreamsProduct {
  const { products, leftOut } = render(roots, aliases);
  expect(leftOut).toEqual([]);
  const [product, ...others] = products.values();
  if (product === undefined || others.length > 0) {
    throw new Error(`${products.size} products instead of one`);
  }
  return product;
}

function itemsOf(product: StreamsProduct) {
  return Object.values(product.versions)[0]?.items ?? {};
}

const segment = (path = ''): string => path.slice(path.lastIndexOf('/') + 1);

describe('renderStreams: one product', () => {
  it('lists a container with its metadata and the fingerprint on the metadata item', () => {
    const row = root({ requirements: { secureboot: 'false', cgroup: 'v2' } });
    const { products } = render([row], [alias('bookworm', '12')]);
    expect(Object.fromEntries(products)).toEqual({
      [`incus:amd64:${hex('fingerprint a')}`]: {
        aliases: 'debian,debian/12,debian/bookworm',
        arch: 'amd64',
        os: 'Debian',
        release: 'bookworm',
        release_title: 'bookworm',
        variant: 'default',
        version: '12',
        requirements: { cgroup: 'v2', secureboot: 'false' },
        versions: {
          '20260101_0905': {
            pubname: 'debian-12-amd64',
            items: {
              'incus.tar.xz': {
                ftype: 'incus.tar.xz',
                path: `streams/v1/files/${hex('metadata a')}/debian-12-amd64.incus.tar.xz`,
                sha256: hex('metadata a'),
                size: 10,
                combined_squashfs_sha256: hex('fingerprint a'),
              },
              squashfs: {
                ftype: 'squashfs',
                path: `streams/v1/files/${hex('root a')}/debian-12-amd64.squashfs`,
                sha256: hex('root a'),
                size: 1000,
              },
            },
          },
        },
      },
    });
  });

  it.each([
    ['squashfs', 'container', 'squashfs', 'squashfs', 'squashfs', ['combined_squashfs_sha256']],
    [
      'rootfs.tar.xz',
      'container',
      'root.tar.xz',
      'root.tar.xz',
      'root.tar.xz',
      ['combined_rootxz_sha256', 'combined_sha256'],
    ],
    ['qcow2', 'virtual-machine', 'disk1.img', 'disk-kvm.img', 'qcow2', ['combined_disk-kvm-img_sha256']],
  ] as const)(
    'names the items and hashes of %s as clients do',
    (format, imageType, key, ftype, extension, hashes) => {
      const items = itemsOf(only([root({ format, imageType })]));
      expect(items[key]?.ftype).toBe(ftype);
      expect(segment(items[key]?.path)).toBe(`debian-12-amd64.${extension}`);
      const combined = Object.entries(items['incus.tar.xz'] ?? {}).filter(([name]) =>
        name.startsWith('combined_'),
      );
      expect(combined).toEqual(hashes.map((name) => [name, hex('fingerprint a')]));
    },
  );

  it('lists a unified image by its own sha256 and without metadata', () => {
    const product = only([unified()]);
    expect(itemsOf(product)).toEqual({
      'incus_combined.tar.gz': {
        ftype: 'incus_combined.tar.gz',
        path: `streams/v1/files/${hex('root unified')}/debian-12-amd64.incus_combined.tar.gz`,
        sha256: hex('root unified'),
        size: 1000,
      },
    });
  });

  it('gives each disk a public name of its own', () => {
    const disks = [
      vm(),
      vm({ client: 'lxd' }),
      vm({ version: '13', bytes: 'b' }),
      vm({ architecture: 'arm64', bytes: 'c' }),
      vm({ variant: 'cloud', bytes: 'd' }),
      vm({ version: '1:3', bytes: 'e' }),
      vm({ version: '1+3', bytes: 'f' }),
    ];
    const pubnames = [...render(disks).products.values()].flatMap(({ versions }) =>
      Object.values(versions).map(({ pubname }) => pubname),
    );
    expect(pubnames.sort()).toEqual([
      'debian-12-amd64',
      'debian-12-amd64',
      'debian-12-amd64-cloud',
      'debian-12-arm64',
      'debian-13-amd64',
      'debian-1_3-amd64',
      expect.stringMatching(/^debian-1_3-amd64-[0-9a-f]{12}$/),
    ]);
  });

  it('gives LXD its own metadata item and name of the requirements', () => {
    const product = only([root({ client: 'lxd', requirements: { nesting: 'true' } })]);
    expect(Object.keys(itemsOf(product))).toEqual(['lxd.tar.xz', 'squashfs']);
    expect(product.lxd_requirements).toEqual({ nesting: 'true' });
    expect(product.requirements).toEqual({ nesting: 'true' });
  });
});

describe('renderStreams: dates', () => {
  const seconds = (day: string): number => Date.parse(day) / 1000;

  it.each<[string, ContentFacts, string]>([
    ['when the content was created', { createdAtSeconds: seconds('2025-12-24T18:30:00Z') }, '20251224_1830'],
    ['the first publication of content that does not say', {}, '20260101_0905'],
    ['that when it says a time before there were images', { createdAtSeconds: 1 }, '20260101_0905'],
    ['that when it says a time after it', { createdAtSeconds: seconds('2026-01-02') }, '20260101_0905'],
    ['that when it says a time that is none', { createdAtSeconds: 999_999_999_999 }, '20260101_0905'],
  ])('dates a version by %s', (_, content, key) => {
    expect(Object.keys(only([root({ content })]).versions)).toEqual([key]);
  });

  it.each<[string, ContentFacts, string | undefined]>([
    ['the day it says', { expiresAtSeconds: seconds('2031-06-30T23:00:00Z') }, '2031-06-30'],
    ['never when it does not say', {}, undefined],
    ['never when it says a year that clients cannot read', { expiresAtSeconds: 999_999_999_999 }, undefined],
  ])('lets a content expire %s', (_, content, day) => {
    expect(only([root({ content })]).support_eol).toBe(day);
  });
});

describe('renderStreams: contents', () => {
  const keysOf = (roots: readonly PublishedRoot[]) => [...render(roots).products.keys()];

  it.each([
    ['two images', root(), root({ image: 'corp', publishedAt: DAY_2 })],
    ['two versions', root(), root({ version: '13', publishedAt: DAY_2 })],
    ['two variants', root(), root({ variant: 'cloud', artifactId: 'other' as ArtifactId })],
  ])('lists the same bytes under %s once', (_, first, second) => {
    const product = only([first, second]);
    expect(Object.keys(product.versions)).toEqual(['20260101_0905']);
    expect(product.version).toBe('12');
  });

  it('gives the same bytes under two images the names of both', () => {
    const product = only(
      [root(), root({ image: 'corp', version: 'x', publishedAt: DAY_2 })],
      [alias('stable', 'x', 'corp'), alias('lts', '12')],
    );
    expect(product.aliases).toBe('corp,corp/stable,corp/x,debian,debian/12,debian/lts');
  });

  it('keeps Incus and LXD, containers and disks, architectures and contents apart', () => {
    const roots = [
      root(),
      root({ client: 'lxd' }),
      vm(),
      root({ bytes: 'arm', architecture: 'arm64' }),
      root({ bytes: 'b', version: '13', publishedAt: DAY_2 }),
    ];
    expect(keysOf(roots)).toEqual(
      [
        `incus:amd64:${hex('fingerprint a')}`,
        `lxd:amd64:${hex('fingerprint a')}`,
        `incus:amd64:${hex('fingerprint vm')}`,
        `incus:arm64:${hex('fingerprint arm')}`,
        `incus:amd64:${hex('fingerprint b')}`,
      ].sort(),
    );
  });
});

/** What one team publishes first and another team later, with the same bytes. */
function published(first: Fields, second: Fields) {
  return [
    root({ image: 'evil-x', version: 'stolen', publishedAt: DAY_1, ...first }),
    root({ image: 'good-y', version: '1', publishedAt: DAY_2, ...second }),
  ] as const;
}

describe('renderStreams: the same bytes of two teams', () => {
  const CONTENT: ContentFacts = {
    architecture: 'amd64',
    os: 'Debian',
    release: 'bookworm',
    releaseTitle: 'Bookworm',
    variant: 'cloud',
    requirements: { secureboot: 'false' },
  };

  it('calls them what their content says, whoever was first', () => {
    const say = { os: 'Evil', release: 'evil', releaseTitle: 'Evil', variant: 'evil', content: CONTENT };
    for (const rows of [published(say, { content: CONTENT }), published({ content: CONTENT }, say)]) {
      const { aliases, ...product } = only(rows);
      expect(product).toMatchObject({
        arch: 'amd64',
        os: 'Debian',
        release: 'bookworm',
        release_title: 'Bookworm',
        variant: 'cloud',
        requirements: { secureboot: 'false' },
      });
      expect(aliases).toContain('good-y/1');
      expect(JSON.stringify(product)).not.toMatch(/evil|good/i);
    }
  });

  it('takes the word of publishers only where all agree', () => {
    const silent = { content: { architecture: 'amd64' } };
    expect(
      only(published({ os: 'Evil', release: 'x', releaseTitle: 'X', variant: 'v', ...silent }, silent)),
    ).toMatchObject({
      os: 'unknown',
      release: 'unknown',
      release_title: 'unknown',
      variant: 'default',
      version: '',
      requirements: {},
    });
    expect(only(published({ version: '1', ...silent }, silent))).toMatchObject({
      os: 'Debian',
      release: 'bookworm',
      release_title: 'bookworm',
      version: '1',
    });
  });

  it('counts each image once, by its first version', () => {
    const silent = { content: { architecture: 'amd64' } };
    const [first, second] = published({ version: '1', ...silent }, silent);
    const again = root({ image: 'good-y', version: '2', publishedAt: DAY_3, ...silent });
    expect(only([first, second, again]).version).toBe('1');
  });

  it('lets no wrong architecture of one hide the image of the other', () => {
    const rows = published({ architecture: 'riscv64', content: CONTENT }, { content: CONTENT });
    const { products, leftOut } = render(rows);
    expect(leftOut).toEqual([]);
    expect([...products].map(([key, { arch, aliases }]) => [key, arch, aliases])).toEqual([
      [`incus:amd64:${hex('fingerprint a')}`, 'amd64', 'evil-x,evil-x/stolen,good-y,good-y/1'],
    ]);
  });

  it('goes by the content of any row that knows it', () => {
    const rows = published({ architecture: 'riscv64', os: 'Evil' }, { content: CONTENT });
    expect(only(rows)).toMatchObject({ arch: 'amd64', os: 'Debian' });
  });

  it('names files after none of them', () => {
    for (const content of [CONTENT, { architecture: 'amd64' }, undefined]) {
      const given = content === undefined ? {} : { content };
      const names = Object.values(itemsOf(only(published({ os: 'Evil', ...given }, given)))).map(({ path }) =>
        segment(path),
      );
      expect(names.join()).not.toMatch(/evil|good|stolen/i);
      expect(names.every((name) => /-amd64(-cloud)?-[0-9a-f]{12}\./.test(name))).toBe(true);
    }
  });

  it.each(['\u202eevil', '...', 'Ubuntu Linux: "24"', 'Ünï', '-', '/etc/passwd', ' '])(
    'makes a sound file name of the label %j',
    (os) => {
      const content = { architecture: 'amd64', os };
      const names = Object.values(itemsOf(only(published({ content }, { content }))));
      expect(names.map(({ path }) => segment(path)).join(' ')).toMatch(/^([A-Za-z0-9][A-Za-z0-9._-]+ ?){2}$/);
    },
  );

  it('keeps the name of an image that publishes the same bytes again', () => {
    const again = root({ version: '13', publishedAt: DAY_2 });
    expect(segment(itemsOf(only([root(), again])).squashfs?.path)).toBe('debian-12-amd64.squashfs');
  });
});

describe('renderStreams: aliases', () => {
  const V12 = root({ bytes: 'v12', version: '12', publishedAt: DAY_1 });
  const V13 = root({ bytes: 'v13', version: '13', publishedAt: DAY_2 });

  const cases: [string, PublishedRoot[], PublishedAlias[], Record<string, string>][] = [
    ['the newest published has the bare name', [V12, V13], [], { v12: 'debian/12', v13: 'debian,debian/13' }],
    [
      'latest decides who has the bare name',
      [V12, V13],
      [alias('latest', '12')],
      { v12: 'debian,debian/12,debian/latest', v13: 'debian/13' },
    ],
    [
      'latest of a version without roots leaves the bare name to nobody',
      [V12],
      [alias('latest', '11')],
      { v12: 'debian/12' },
    ],
    [
      'the latest of another image does not matter',
      [V12, V13],
      [alias('latest', '1', 'other')],
      { v12: 'debian/12', v13: 'debian,debian/13' },
    ],
    [
      'a variant is appended to every name',
      [root({ bytes: 'cloud', variant: 'cloud' })],
      [alias('latest', '12')],
      { cloud: 'debian/12/cloud,debian/cloud,debian/latest/cloud' },
    ],
    [
      'a name of a version and of a variant goes to the version',
      [root({ bytes: 'v', version: 'cloud' }), root({ bytes: 'c', variant: 'cloud', publishedAt: DAY_2 })],
      [],
      { v: 'debian,debian/cloud', c: 'debian/12/cloud' },
    ],
    [
      'the newest publication of reused bytes counts',
      [V12, V13, root({ bytes: 'v12', version: '14', publishedAt: DAY_3 })],
      [],
      { v12: 'debian,debian/12,debian/14', v13: 'debian/13' },
    ],
    [
      'an architecture that the newest version lacks keeps its own newest',
      [V12, root({ bytes: 'arm', architecture: 'arm64' }), V13],
      [],
      { v12: 'debian/12', arm: 'debian,debian/12', v13: 'debian,debian/13' },
    ],
    [
      'container, disk and clients do not compete',
      [root({ bytes: 'c' }), vm({ bytes: 'd' }), root({ client: 'lxd', bytes: 'l' })],
      [],
      { c: 'debian,debian/12', d: 'debian,debian/12', l: 'debian,debian/12' },
    ],
    [
      'a name of an alias and of a variant goes to the alias',
      [V12, root({ bytes: 'c', version: '13', variant: 'cloud', publishedAt: DAY_2 })],
      [alias('cloud', '12')],
      { v12: 'debian,debian/12,debian/cloud', c: 'debian/13/cloud' },
    ],
    [
      'an alias never takes the name of a version',
      [V12, V13],
      [alias('12', '13')],
      { v12: 'debian/12', v13: 'debian,debian/13' },
    ],
  ];

  it.each(cases)('%s', (_, roots, aliases, expected) => {
    const { products } = render(roots, aliases);
    const names = new Map([...products].map(([key, { aliases: list }]) => [key.split(':')[2], list]));
    for (const [bytes, list] of Object.entries(expected)) {
      expect([bytes, names.get(hex(`fingerprint ${bytes}`))]).toEqual([
        bytes,
        list.split(',').sort().join(','),
      ]);
    }
  });
});

describe('renderStreams: file names', () => {
  const namesOf = (roots: readonly PublishedRoot[]): string[] =>
    [...render(roots).products.values()]
      .flatMap((product) => Object.values(itemsOf(product)).map(({ path }) => segment(path)))
      .sort();

  it('spells the variant and keeps to characters that nobody encodes', () => {
    expect(namesOf([root({ version: '12:1+git', variant: 'c++' })])).toEqual([
      'debian-12_1_git-amd64-c__.incus.tar.xz',
      'debian-12_1_git-amd64-c__.squashfs',
    ]);
  });

  it.each([
    [
      'versions that differ in encoded characters',
      root({ version: '1+1' }),
      root({ version: '1:1', bytes: 'b' }),
    ],
    ['versions that differ in case', root({ version: 'RC1' }), root({ version: 'rc1', bytes: 'b' })],
    [
      'names that join to the same',
      root({ image: 'a', version: 'b-c' }),
      root({ image: 'a-b', version: 'c', bytes: 'b' }),
    ],
    ['other metadata of the disk', root(), vm()],
    [
      'names cut to the same length',
      root({ version: `1${'x'.repeat(127)}`, image: 'i'.repeat(128) }),
      root({ version: `2${'x'.repeat(127)}`, image: 'i'.repeat(128), bytes: 'b' }),
    ],
  ])('gives different files different names: %s', (_, first, second) => {
    const names = namesOf([first, second]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(4);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(255);
  });

  it('lets a container and a disk share the file of their metadata', () => {
    const container = root();
    const disk = vm({ ...(container.metadata === undefined ? {} : { metadata: container.metadata }) });
    expect(namesOf([container, disk])).toEqual([
      'debian-12-amd64.incus.tar.xz',
      'debian-12-amd64.incus.tar.xz',
      'debian-12-amd64.qcow2',
      'debian-12-amd64.squashfs',
    ]);
  });
});

describe('renderStreams: rows that cannot be rendered', () => {
  it.each<[string, Partial<PublishedRoot>]>([
    ['a variant that would split the alias list', { variant: 'a,b' }],
    ['an image name with a slash', { image: 'a/b' }],
    ['an architecture in another spelling', { architecture: 'x86_64' }],
    ['an architecture that LXD does not know', { client: 'lxd', architecture: 'loong64' }],
    ['a time that is none', { publishedAt: new Date(Number.NaN) }],
    ['a format that clients do not read', { format: 'raw' }],
    ['a format of another type', { format: 'qcow2' }],
    ['a format that does not exist', { format: 'vhd' as 'raw' }],
    ['unified metadata that is one too many', { format: 'incus.tar.gz' }],
    ['a unified image for LXD', { format: 'incus.tar.gz', client: 'lxd' }],
    ['a requirement that is not a text', { requirements: { secureboot: false as unknown as string } }],
    ['an os that is not a text', { os: 12 as unknown as string }],
    ['a content that is not text', { content: { os: 12 as unknown as string } }],
    ['a requirement of a content that is none', { content: { requirements: { x: 1 as unknown as string } } }],
    ['a digest that is none', { root: { digest: 'sha256:abc' as Digest, sizeBytes: 1 } }],
    ['a size that is not whole', { root: { digest: digestOfHex(hex('x')), sizeBytes: 1.5 } }],
    ['a negative size', { metadata: { digest: digestOfHex(hex('x')), sizeBytes: -1 } }],
    ['a fingerprint in upper case', { fingerprint: hex('x').toUpperCase() }],
  ])('leaves out %s and keeps the others', (_, fields) => {
    const broken = root({ bytes: 'broken', image: 'broken', artifactId: 'broken' as ArtifactId, ...fields });
    const { products, leftOut } = render([broken, root()]);
    expect([...products.keys()]).toEqual([`incus:amd64:${hex('fingerprint a')}`]);
    expect(leftOut).toMatchObject([{ artifactId: 'broken', client: broken.client }]);
    expect(leftOut[0]?.reason).toMatch(/^[A-Z].+\.$/);
  });

  it('leaves out a row without metadata', () => {
    expect(render([withoutMetadata(root())]).leftOut).toHaveLength(1);
  });

  it('lists the same bytes by a later row when the first is broken', () => {
    const { products, leftOut } = render([
      root({ os: null as unknown as string }),
      root({ version: '13', publishedAt: DAY_2 }),
    ]);
    expect([...products.values()].map(({ aliases }) => aliases)).toEqual(['debian,debian/13']);
    expect(leftOut).toHaveLength(1);
  });
});

describe('renderStreams: determinism', () => {
  it('gives the same bytes for the same rows in any order', () => {
    const random = generator(20260101);
    for (let round = 0; round < 60; round += 1) {
      const { roots, aliases } = catalogue(random);
      const expected = bytes(roots, aliases);
      for (let shuffle = 0; shuffle < 5; shuffle += 1) {
        expect(bytes(shuffled(roots, random), shuffled(aliases, random))).toBe(expected);
      }
    }
  });

  function bytes(roots: readonly PublishedRoot[], aliases: readonly PublishedAlias[]): string {
    const { products } = render(roots, aliases);
    return JSON.stringify([indexDocument([...products.keys()]), imagesDocument(products)]);
  }
});

/** A small catalogue full of coincidences: few images, versions, contents and times. */
function catalogue(random: () => number): { roots: PublishedRoot[]; aliases: PublishedAlias[] } {
  const pick = <T>(...choices: [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0];
  const times = new Map<string, Date>();
  const roots = Array.from({ length: 25 }, (_, at) => {
    const image = pick('a', 'a-b', 'c');
    const version = pick('1', '1:0', '1+0', 'cloud', 'b-1');
    const publishedAt = times.get(`${image} ${version}`) ?? pick(DAY_1, DAY_2, DAY_3);
    times.set(`${image} ${version}`, publishedAt);
    const bytes = pick('p', 'q', 'r', 's', 't');
    const fields = {
      image,
      version,
      bytes,
      publishedAt,
      artifactId: `artifact-${at}` as ArtifactId,
      client: pick<'incus' | 'lxd'>('incus', 'lxd'),
      variant: pick('default', 'cloud'),
      architecture: pick('amd64', 'arm64'),
      os: pick('Debian', 'Alpine'),
      ...pick({}, { content: { architecture: 'amd64', os: `Of ${bytes}` } }, { content: {} }),
    };
    return pick(root, root, vm)(fields);
  });
  const aliases = ['a', 'a-b', 'c'].flatMap((image) => [
    alias('latest', pick('1', '1:0', 'none'), image),
    alias('cloud', pick('1', 'b-1'), image),
  ]);
  return { roots, aliases };
}

/** mulberry32: repeatable, so that a failure can be run again. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ value }) => value);
}

describe('a deprecated version', () => {
  const labelsOfVersions = (...roots: PublishedRoot[]) =>
    [...runAtOnce(renderStreams(roots, [])).products.values()].flatMap(({ versions }) =>
      Object.values(versions).map(({ label }) => label),
    );

  it('is labelled, which clients show', () => {
    expect(labelsOfVersions(root({ isDeprecated: true }))).toEqual(['deprecated']);
    expect(labelsOfVersions(root())).toEqual([undefined]);
  });

  it('is not while the same bytes are published as something that is not deprecated', () => {
    const other = root({ image: 'corp', publishedAt: DAY_2 });
    expect(labelsOfVersions(root({ isDeprecated: true }), other)).toEqual([undefined]);
    expect(labelsOfVersions(root({ isDeprecated: true }), { ...other, isDeprecated: true })).toEqual([
      'deprecated',
    ]);
  });
});

describe('what the publisher of a version says', () => {
  it('is the end of its support, unless the content says when it expires, or publishers disagree', () => {
    const ending = root({ endOfLife: '2030-01-31' });
    expect(only([ending]).support_eol).toBe('2030-01-31');
    expect(only([{ ...ending, content: { expiresAtSeconds: 1_893_456_000 } }]).support_eol).toBe(
      '2030-01-01',
    );
    expect(only([ending, root({ image: 'corp', publishedAt: DAY_2 })])).not.toHaveProperty('support_eol');
  });

  it('keeps a virtual machine that does not boot with Secure Boot from hosts that demand it', () => {
    const unsigned = vm({ secureBoot: false, content: {} });
    expect(only([unsigned]).requirements).toEqual({ secureboot: 'false' });
    expect(only([vm({ secureBoot: true, content: {} })]).requirements).toEqual({});
    expect(only([root({ secureBoot: false, content: {} })]).requirements).toEqual({});
    expect(only([{ ...unsigned, content: { requirements: { secureboot: 'true' } } }]).requirements).toEqual({
      secureboot: 'true',
    });
    expect(only([unsigned, vm({ image: 'corp', publishedAt: DAY_2, content: {} })]).requirements).toEqual({});
  });
});
