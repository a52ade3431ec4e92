import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { ArtifactId } from '@imgsrv/catalog';
import { toIncusArchitecture } from '../../libs/catalog/src/architectures.js';
import type { ImageMetadata } from '../../libs/streams/src/metadata/image-metadata.js';
import { InvalidImageMetadataError } from '../../libs/streams/src/metadata/invalid-image-metadata.error.js';
import { makeImageMetadata } from '../../libs/streams/src/making/make-image-metadata.js';
import { readImageMetadata } from '../../libs/streams/src/metadata/read-image-metadata.js';
import { metadataTar } from '../fixtures/metadata-archive.js';
import { describeWith } from '../fixtures/requirement.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { AGREED_SHAPES, REFUSED_SHAPES } from './metadata-shapes.js';

interface Listed {
  readonly os: string;
  readonly release: string;
  readonly variant: string;
  /** The minute of its creation. */
  readonly createdAt: string;
}

interface ImagesDocument {
  readonly products: Record<
    string,
    {
      readonly os: string;
      readonly release: string;
      readonly variant?: string;
      readonly versions: Record<string, unknown>;
    }
  >;
}

const execute = promisify(execFile);
const REQUIREMENT = 'requirements.secureboot';
const TEMPLATES = { 'templates/hostname.tpl': '{{ container.name }}\n' };

/** What the program of Incus makes of a `metadata.yaml`; undefined when it refuses it. */
async function listByIncus(yaml: string): Promise<Listed | undefined> {
  return listArchiveByIncus(await metadataTar(yaml, TEMPLATES));
}

async function listArchiveByIncus(archive: Buffer): Promise<Listed | undefined> {
  const folder = await createTemporaryFolder('simplestreams');
  try {
    await writeFile(join(folder.path, 'metadata'), archive);
    await writeFile(join(folder.path, 'root'), Buffer.concat([Buffer.from('hsqs'), Buffer.alloc(1020)]));
    const refusal = await execute('incus-simplestreams', ['add', 'metadata', 'root'], {
      cwd: folder.path,
      env: { ...process.env, TZ: 'UTC' },
      timeout: 20_000,
    }).then(() => undefined, String);
    if (refusal !== undefined) {
      // Its own words about the file; anything else would be a fault of this test.
      expect(refusal).toMatch(/yaml:|architecture|creation date|Missing property/i);
      return undefined;
    }
    const document = await readFile(join(folder.path, 'streams/v1/images.json'), 'utf8');
    const [product] = Object.values((JSON.parse(document) as ImagesDocument).products);
    if (product === undefined) throw new Error(`there is no product in ${document}`);
    const [createdAt = ''] = Object.keys(product.versions);
    return { os: product.os, release: product.release, variant: product.variant ?? '', createdAt };
  } finally {
    await folder.remove();
  }
}

async function readByImgsrv(yaml: string): Promise<ImageMetadata | InvalidImageMetadataError> {
  const archive = gzipSync(await metadataTar(yaml, TEMPLATES));
  const body = Readable.from([archive], { objectMode: false });
  try {
    const metadata = await readImageMetadata(body, 'tar.gz');
    // The publisher is told by the one who knows the architecture of the artifact.
    return toIncusArchitecture(metadata.architecture ?? '') === undefined
      ? new InvalidImageMetadataError('no architecture that Incus knows')
      : metadata;
  } catch (error) {
    if (error instanceof InvalidImageMetadataError) return error;
    throw error;
  }
}

function toListed({ os = '', release = '', variant = '', creationDate = '' }: ImageMetadata): Listed {
  const digits = new Date(Number(creationDate) * 1000).toISOString().replaceAll(/\D/g, '');
  return { os, release, variant, createdAt: digits.slice(0, 12) };
}

describeWith('incus-simplestreams', 'metadata.yaml as incus-simplestreams add reads it', () => {
  it('is tried with enough shapes', () => {
    expect(AGREED_SHAPES.length).toBeGreaterThanOrEqual(60);
  });

  it.each(AGREED_SHAPES)('has the same verdict and words of %s', async (_what, yaml) => {
    const [listed, read] = await Promise.all([listByIncus(yaml), readByImgsrv(yaml)]);
    expect(read instanceof InvalidImageMetadataError ? undefined : toListed(read)).toEqual(listed);
  });

  it.each(['false', '"false"', 'no', '1', '!!str off', '"true" # no', '!!binary eWVz', '~', '""', 'TRUE'])(
    'has the same requirement of %s',
    async (value) => {
      const [, sound = ''] = AGREED_SHAPES[0] ?? [];
      const yaml = sound.replace(`${REQUIREMENT}: "false"`, `${REQUIREMENT}: ${value}`);
      // It lists no requirements, so it is asked what it makes of that value under a name that it lists.
      const asked = yaml.replace(/ {2}variant: .*\n/, '').replace(REQUIREMENT, 'variant');
      const [listed, read] = await Promise.all([listByIncus(asked), readByImgsrv(yaml)]);
      if (read instanceof InvalidImageMetadataError) throw read;
      expect(read.requirements?.['secureboot'] ?? '').toBe(listed?.variant);
    },
  );

  it.each([
    ['Debian', 'trixie'],
    ['Tiny: "Linux" \\ #1', 'no'],
    ['Ünïx 日本語 🐧', '22.10'],
  ])('reads what imgsrv makes of %s %s', async (os, release) => {
    const made = makeImageMetadata({
      artifactId: '6f1b2c3d-0000-4000-8000-0123456789ab' as ArtifactId,
      ...{ architecture: 'aarch64', variant: 'cloud', format: 'squashfs', version: '1' },
      ...{ versionCreatedAt: new Date('2026-02-03T04:05:06Z'), publisher: 'somebody' },
      description: { os, release },
    });
    expect(await listArchiveByIncus(made)).toEqual({
      ...{ os, release, variant: 'cloud' },
      createdAt: '202602030405',
    });
  });

  it.each(REFUSED_SHAPES)('refuses %s, which it bears', async (_what, yaml, _why, reason) => {
    const [listed, read] = await Promise.all([listByIncus(yaml), readByImgsrv(yaml)]);
    expect(listed).toBeDefined();
    expect(read).toMatchObject({ message: expect.stringMatching(reason) as string });
  });
});
