import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import type { ArtifactId, MetadataOrder } from '@imgsrv/catalog';
import { readImageMetadata } from '../metadata/read-image-metadata.js';
import { makeImageMetadata } from './make-image-metadata.js';

const ORDER: MetadataOrder = {
  artifactId: '6f1b2c3d-0000-4000-8000-0123456789ab' as ArtifactId,
  architecture: 'x86_64',
  variant: 'default',
  format: 'qcow2',
  description: { os: 'Debian', release: 'bookworm' },
  version: '12.1',
  versionCreatedAt: new Date('2026-02-03T04:05:06.789Z'),
  publisher: 'somebody',
};

const read = (order: MetadataOrder) => readImageMetadata(Readable.from([makeImageMetadata(order)]), 'tar.xz');

it('says what the publisher says, in the words of clients', async () => {
  await expect(read(ORDER)).resolves.toEqual({
    architecture: 'amd64',
    creationDate: '1770091506',
    os: 'Debian',
    release: 'bookworm',
    variant: 'default',
    type: 'disk-kvm.img',
  });
});

it.each([
  ['squashfs', 'squashfs'],
  ['rootfs.tar.xz', 'root.tar.xz'],
] as const)('calls %s what clients call it', async (format, type) => {
  await expect(read({ ...ORDER, format })).resolves.toMatchObject({ type });
});

it('has requirements, those of the publisher before what it says of Secure Boot', async () => {
  const { description } = ORDER;
  await expect(read({ ...ORDER, secureBoot: false })).resolves.toMatchObject({
    requirements: { secureboot: 'false' },
  });
  const requirements = { secureboot: 'true', cgroup: 'v2' };
  await expect(
    read({ ...ORDER, secureBoot: false, description: { ...description, requirements } }),
  ).resolves.toMatchObject({ requirements });
  expect(await read({ ...ORDER, format: 'squashfs', secureBoot: false })).not.toHaveProperty('requirements');
});

it.each([
  ['quotes', `"Deb'ian"`],
  ['backslashes', String.raw`a\nb\\`],
  ['signs of YAML', '- &a *b !c %d @e `f {g: [h]} # i: j | k > l ? m'],
  ['a word that YAML takes for something else', 'no'],
  ['a number', '22.10'],
  ['what people write', 'Ünïx 日本語 🐧 👩‍🚀'],
  ['the longest word', 'ß'.repeat(128)],
])('keeps %s as they are', async (_what, os) => {
  const description = { os, release: os, description: os, properties: { note: os } };
  await expect(read({ ...ORDER, description })).resolves.toMatchObject({ os, release: os });
});

it('is the same bytes for the same order, in whichever order it says things', () => {
  const properties = { one: '1', two: '2' };
  const first = makeImageMetadata({ ...ORDER, description: { ...ORDER.description, properties } });
  const { description, ...others } = ORDER;
  const turned = { properties: { two: '2', one: '1' }, ...description };
  expect(makeImageMetadata({ description: turned, ...others }).equals(first)).toBe(true);
});

it.each<[string, Partial<MetadataOrder>]>([
  ['another version', { version: '12.2' }],
  ['another time', { versionCreatedAt: new Date('2026-02-03T04:05:07Z') }],
  ['another architecture', { architecture: 'arm64' }],
  ['another variant', { variant: 'cloud' }],
  ['another description', { description: { ...ORDER.description, description: 'x' } }],
])('is other bytes for %s', (_what, change) => {
  expect(makeImageMetadata({ ...ORDER, ...change }).equals(makeImageMetadata(ORDER))).toBe(false);
});

it('is an archive that tar and xz read', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [`p${index}`, 'x'.repeat(1000)]),
  );
  const archive = makeImageMetadata({ ...ORDER, description: { ...ORDER.description, properties } });
  const tar = execFileSync('xz', ['-dc'], { input: archive });
  expect(
    execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--full-time', '--utc'], { input: tar }).toString(),
  ).toMatch(/^-rw-r--r-- 0\/0 +\d+ 2026-02-03 04:05:06 metadata\.yaml\n$/);
  expect(execFileSync('tar', ['-xOf', '-', 'metadata.yaml'], { input: tar }).toString()).toContain(
    `  "p14": "${'x'.repeat(1000)}"\n`,
  );
});
