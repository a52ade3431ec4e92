import { runAtOnce } from '../steps.js';
import { validateDocuments as validateInSteps } from './validate-documents.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const F = 'f'.repeat(64);

const validateDocuments = (index: unknown, images: unknown) => runAtOnce(validateInSteps(index, images));

type Json = Record<string, unknown>;

/** A document as plain JSON, so that a case can put anything anywhere. */
function documents(): { index: Json; images: Json } {
  const products = { [`incus:amd64:${F}`]: product(F, A, B, 'debian') };
  return {
    index: {
      format: 'index:1.0',
      index: {
        images: {
          format: 'products:1.0',
          datatype: 'image-downloads',
          path: 'streams/v1/images.json',
          products: Object.keys(products),
        },
      },
    },
    images: { content_id: 'images', datatype: 'image-downloads', format: 'products:1.0', products },
  };
}

function product(fingerprint: string, metadata: string, root: string, name: string): Json {
  return {
    aliases: `${name},${name}/12`,
    arch: 'amd64',
    os: 'Debian',
    release: 'bookworm',
    release_title: 'bookworm',
    variant: 'default',
    version: '12',
    requirements: { secureboot: 'false' },
    versions: {
      '20260101_0905': {
        pubname: name,
        items: {
          'incus.tar.xz': {
            ftype: 'incus.tar.xz',
            path: `streams/v1/files/${metadata}/${name}.incus.tar.xz`,
            sha256: metadata,
            size: 10,
            combined_squashfs_sha256: fingerprint,
          },
          squashfs: {
            ftype: 'squashfs',
            path: `streams/v1/files/${root}/${name}.squashfs`,
            sha256: root,
            size: 1000,
          },
        },
      },
    },
  };
}

/** Puts a value where the path points to; `undefined` removes the member. */
function put(document: Json, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    put(document[name] as Json, rest, value);
  } else if (value === undefined) {
    Reflect.deleteProperty(document, name);
  } else {
    document[name] = value;
  }
}

const P = ['products', `incus:amd64:${F}`];
const V = [...P, 'versions'];
const I = [...V, '20260101_0905', 'items'];
const META = [...I, 'incus.tar.xz'];
const ROOT = [...I, 'squashfs'];

/** Adds a second product that differs from the first in everything but what a case puts back. */
function twins(fields: { fingerprint?: string; name?: string; changes?: (second: Json) => void }) {
  const { index, images } = documents();
  const second = product(
    fields.fingerprint ?? 'e'.repeat(64),
    'c'.repeat(64),
    'd'.repeat(64),
    fields.name ?? 'other',
  );
  fields.changes?.(second);
  put(images, ['products', 'incus:amd64:z'], second);
  put(index, ['index', 'images', 'products'], Object.keys(images.products as Json));
  return validateDocuments(index, images);
}

describe('validateDocuments', () => {
  it('finds nothing wrong with sound documents', () => {
    const { index, images } = documents();
    expect(validateDocuments(index, images)).toEqual([]);
    expect(twins({})).toEqual([]);
  });

  it('finds nothing wrong with empty ones', () => {
    const { index, images } = documents();
    put(images, ['products'], {});
    put(index, ['index', 'images', 'products'], []);
    expect(validateDocuments(index, images)).toEqual([]);
  });

  it.each<[string, string[], unknown]>([
    ['content_id is a number', ['content_id'], 1],
    ['content_id is another', ['content_id'], 'disks'],
    ['datatype is another', ['datatype'], 'image-ids'],
    ['format is missing', ['format'], undefined],
    ['format is another', ['format'], 'products:2.0'],
    ['updated is a number', ['updated'], 1],
    ['products is a list', ['products'], []],
    ['a product is null', P, null],
    ['aliases is a list', [...P, 'aliases'], ['debian']],
    ['aliases has a blank', [...P, 'aliases'], 'debian, debian/12'],
    ['aliases has an empty element', [...P, 'aliases'], 'debian,,debian/12'],
    ['aliases is missing', [...P, 'aliases'], undefined],
    ['arch is missing', [...P, 'arch'], undefined],
    ['arch is unknown', [...P, 'arch'], 'sparc'],
    ['arch is in another spelling', [...P, 'arch'], 'x86_64'],
    ['os is null', [...P, 'os'], null],
    ['release is a number', [...P, 'release'], 12],
    ['release_title is missing', [...P, 'release_title'], undefined],
    ['variant is a boolean', [...P, 'variant'], true],
    ['version is a number', [...P, 'version'], 12],
    ['a requirement is a boolean', [...P, 'requirements', 'secureboot'], false],
    ['requirements is a list', [...P, 'requirements'], []],
    ['lxd_requirements has a number', [...P, 'lxd_requirements'], { nesting: 1 }],
    ['a product has an unknown field', [...P, 'Size'], 'x'],
    ['versions is empty', V, {}],
    ['a version key is no date', V, { latest: { items: {} } }],
    ['a version key is a day that is not', V, { '20260230_0905': { items: {} } }],
    ['a version key is a minute that is not', V, { '20260101_0960': { items: {} } }],
    ['a version has no items', [...V, '20260101_0905'], { pubname: 'x' }],
    ['a version has no pubname', [...V, '20260101_0905', 'pubname'], undefined],
    ['a pubname is a number', [...V, '20260101_0905', 'pubname'], 12],
    ['items is empty', I, {}],
    ['an item is a text', ROOT, 'x'],
    ['ftype is missing', [...ROOT, 'ftype'], undefined],
    ['ftype is empty', [...ROOT, 'ftype'], ''],
    ['size is a text', [...ROOT, 'size'], '1000'],
    ['size is not whole', [...ROOT, 'size'], 1.5],
    ['size is negative', [...META, 'size'], -1],
    ['size is beyond what is exact', [...META, 'size'], 2 ** 60],
    ['sha256 is short', [...ROOT, 'sha256'], 'abc'],
    ['sha256 is in upper case', [...ROOT, 'sha256'], B.toUpperCase()],
    ['path is absolute', [...ROOT, 'path'], `/streams/v1/files/${B}/debian.squashfs`],
    ['path is one of another file', [...ROOT, 'path'], `streams/v1/files/${A}/debian.squashfs`],
    ['path has a character that is encoded', [...ROOT, 'path'], `streams/v1/files/${B}/de%2Bbian.squashfs`],
    ['path leaves the folder', [...ROOT, 'path'], `streams/v1/files/${B}/../x.squashfs`],
    ['path has no name', [...ROOT, 'path'], `streams/v1/files/${B}/`],
    ['the combined hash is a number', [...META, 'combined_squashfs_sha256'], 1],
    ['the combined hash is missing', [...META, 'combined_squashfs_sha256'], undefined],
    ['the combined hash is of another root', META, combinedAs('combined_rootxz_sha256')],
    ['the metadata is missing', META, undefined],
    ['the root is missing', ROOT, undefined],
    ['the root has an unknown ftype', [...ROOT, 'ftype'], 'raw'],
    ['there are two roots', [...I, 'second'], { ...item('squashfs', 'c'.repeat(64)) }],
  ])('refuses images.json when %s', (_, path, value) => {
    const { index, images } = documents();
    put(images, path, value);
    expect(validateDocuments(index, images)).not.toEqual([]);
  });

  it.each<[string, string[], unknown]>([
    ['format is missing', ['format'], undefined],
    ['format is another', ['format'], 'index:2.0'],
    ['updated is a number', ['updated'], 1],
    ['index is a list', ['index'], []],
    ['the entry has another name', ['index'], { disks: {} }],
    ['the datatype is another', ['index', 'images', 'datatype'], 'image-ids'],
    ['the entry has no format', ['index', 'images', 'format'], undefined],
    ['the path is a number', ['index', 'images', 'path'], 1],
    ['the path is another', ['index', 'images', 'path'], 'streams/v1/other.json'],
    ['products is a text', ['index', 'images', 'products'], `incus:amd64:${F}`],
    ['products has a number', ['index', 'images', 'products'], [1]],
    ['products is missing one', ['index', 'images', 'products'], []],
    ['products has one too many', ['index', 'images', 'products'], [`incus:amd64:${F}`, 'x']],
  ])('refuses index.json when %s', (_, path, value) => {
    const { index, images } = documents();
    put(index, path, value);
    expect(validateDocuments(index, images)).not.toEqual([]);
  });

  it.each<[string, Parameters<typeof twins>[0], string]>([
    ['a fingerprint', { fingerprint: F }, 'fingerprint'],
    ['an alias', { name: 'debian', changes: rename }, 'alias'],
    ['a last path segment', { changes: samePath }, 'last path segment'],
  ])('refuses two products with %s', (_, fields, complaint) => {
    expect(twins(fields)).toEqual([expect.stringContaining(complaint)]);
  });

  it.each(['1', null, undefined, [], 1])('refuses %p as a document', (value) => {
    const { index, images } = documents();
    expect(validateDocuments(value, images)).not.toEqual([]);
    expect(validateDocuments(index, value)).not.toEqual([]);
  });

  it('says where it is wrong, and at most twenty times', () => {
    const { index, images } = documents();
    put(images, [...ROOT, 'size'], '1000');
    expect(validateDocuments(index, images)[0]).toBe(
      `images.json: incus:amd64:${F} version 20260101_0905 item squashfs: size is not of the type int64`,
    );
    for (let at = 0; at < 100; at += 1) {
      put(images, ['products', `p${at}`], { ...((images.products as Json)[`incus:amd64:${F}`] as Json) });
    }
    expect(validateDocuments(index, images)).toHaveLength(20);
  });
});

function item(ftype: string, sha256: string): Json {
  return { ftype, path: `streams/v1/files/${sha256}/x.${ftype}`, sha256, size: 1 };
}

function combinedAs(name: string): Json {
  return { ...item('incus.tar.xz', A), [name]: F };
}

/** One alias of the first product, other file names. */
function rename(second: Json): void {
  put(second, ['aliases'], 'debian,renamed');
  const items = Object.values(second.versions as Json)[0] as { items: Record<string, Json> };
  for (const [key, { sha256 }] of Object.entries(items.items)) {
    put(items.items, [key, 'path'], `streams/v1/files/${String(sha256)}/renamed.${key}`);
  }
}

function samePath(second: Json): void {
  const sha256 = 'd'.repeat(64);
  const items = ['versions', '20260101_0905', 'items'];
  put(second, [...items, 'squashfs', 'path'], `streams/v1/files/${sha256}/Debian.squashfs`);
}
