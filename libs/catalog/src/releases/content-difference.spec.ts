import type { Digest } from '@imgsrv/cas';
import { findContentDifference } from './content-difference.js';
import { type NewRelease, type NewReleaseArtifact, parseRelease, type ReleaseContent } from './release.js';

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;

const METADATA = {
  name: 'incus.tar.xz',
  mediaType: 'application/x-xz',
  blobDigest: digest('b'),
  blobSizeBytes: 2,
};

function artifact(changes: Partial<NewReleaseArtifact> = {}): NewReleaseArtifact {
  return {
    operatingSystem: 'linux',
    architecture: 'amd64',
    variant: 'default',
    format: 'qcow2',
    primaryBlobDigest: digest('a'),
    primaryBlobSizeBytes: 1,
    primaryMediaType: 'application/x-qemu-disk',
    attachments: [METADATA],
    ...changes,
  };
}

function content(changes: Partial<NewRelease> = {}): ReleaseContent {
  return parseRelease({ artifacts: [artifact()], aliases: ['latest'], ...changes });
}

const CLOUD = artifact({ variant: 'cloud' });

it('takes the same content in another order for the same', () => {
  const notes = { ...METADATA, name: 'notes' };
  const left = content({
    artifacts: [artifact({ attachments: [METADATA, notes] }), CLOUD],
    aliases: ['b', 'a'],
  });
  const right = content({
    artifacts: [CLOUD, artifact({ attachments: [notes, METADATA] })],
    aliases: ['a', 'b', 'a'],
  });
  expect(findContentDifference(left, right, { mayGrow: false })).toBeUndefined();
});

it.each<[string, Partial<NewRelease>, string]>([
  [
    'another digest',
    { artifacts: [artifact({ primaryBlobDigest: digest('c') })] },
    '/artifacts/0/primary_blob_digest',
  ],
  [
    'another size',
    { artifacts: [artifact({ primaryBlobSizeBytes: 3 })] },
    '/artifacts/0/primary_blob_size_bytes',
  ],
  [
    'another media type',
    { artifacts: [artifact({ primaryMediaType: 'a/b' })] },
    '/artifacts/0/primary_media_type',
  ],
  [
    'another attachment of the name',
    { artifacts: [artifact({ attachments: [{ ...METADATA, blobDigest: digest('c') }] })] },
    '/artifacts/0/attachments/0/blob_digest',
  ],
  [
    'another type of an attachment',
    { artifacts: [artifact({ attachments: [{ ...METADATA, mediaType: 'a/b' }] })] },
    '/artifacts/0/attachments/0/media_type',
  ],
  ['no attachment', { artifacts: [artifact({ attachments: [] })] }, '/artifacts/0/attachments'],
  ['another artifact', { artifacts: [CLOUD] }, '/artifacts'],
])('tells a draft from a release with %s', (_what, release, pointer) => {
  expect(findContentDifference(content(), content(release), { mayGrow: true })).toMatchObject({ pointer });
});

it.each<[string, Partial<NewRelease>, string]>([
  ['one more artifact', { artifacts: [artifact(), CLOUD] }, '/artifacts/1'],
  [
    'one more attachment',
    { artifacts: [artifact({ attachments: [METADATA, { ...METADATA, name: 'notes' }] })] },
    '/artifacts/0/attachments/1',
  ],
  ['other aliases', { aliases: ['stable'] }, '/aliases'],
  ['one more alias', { aliases: ['latest', 'stable'] }, '/aliases'],
  ['no alias', { aliases: [] }, '/aliases'],
])('tells what is published from a release with %s, and lets a draft grow', (_what, release, pointer) => {
  const [version, wanted] = [content(), content(release)];
  expect(findContentDifference(version, wanted, { mayGrow: false })).toMatchObject({ pointer });
  expect(findContentDifference(version, wanted, { mayGrow: true })).toBeUndefined();
});

it('tells a delta from one of another base', () => {
  const of = (baseVersion: string): ReleaseContent => {
    const delta = { ...METADATA, name: 'disk-kvm.img.vcdiff', baseVersion };
    return content({ artifacts: [artifact({ attachments: [METADATA, delta] })] });
  };
  expect(findContentDifference(of('1.0'), of('1.0'), { mayGrow: false })).toBeUndefined();
  expect(findContentDifference(of('1.0'), of('1.1'), { mayGrow: true })).toEqual({
    pointer: '/artifacts/0/attachments/1/base_version',
    detail: 'The version has 1.0 there.',
  });
});

it('names the first difference only, in the order of the release', () => {
  const release = content({
    artifacts: [artifact({ primaryBlobSizeBytes: 3, primaryMediaType: 'a/b' }), CLOUD],
    aliases: [],
  });
  expect(findContentDifference(content(), release, { mayGrow: false })).toEqual({
    pointer: '/artifacts/0/primary_blob_size_bytes',
    detail: 'The version has 1 there.',
  });
});

it.each<[string, Partial<NewRelease>]>([
  ['an artifact twice', { artifacts: [artifact(), artifact({ primaryBlobDigest: digest('c') })] }],
  ['an attachment twice', { artifacts: [artifact({ attachments: [METADATA, METADATA] })] }],
])('refuses a release with %s', (_what, release) => {
  expect(() => content(release)).toThrow('is the same as another one');
});

describe('what is said of a version', () => {
  const said = { notes: 'Fixes', labels: { a: '1', b: '2' }, source: { commit: 'abc' } };
  const ofVersion = (metadata: NewRelease['metadata'] = said) => content({ metadata });
  const ofArtifact = (metadata: NewReleaseArtifact['metadata'] = { secureBoot: false, minDiskBytes: 1 }) =>
    content({ artifacts: [artifact({ metadata })] });

  it.each<[string, ReleaseContent, ReleaseContent]>([
    ['the same in another order', ofVersion(), ofVersion({ ...said, labels: { b: '2', a: '1' } })],
    ['no source', ofVersion(), ofVersion({ notes: said.notes, labels: said.labels })],
    ['the same of an artifact', ofArtifact(), ofArtifact()],
  ])('is the same in a release with %s', (_what, version, release) => {
    expect(findContentDifference(version, release, { mayGrow: false })).toBeUndefined();
  });

  it.each<[string, ReleaseContent, ReleaseContent, string]>([
    ['other notes', ofVersion(), ofVersion({ ...said, notes: 'x' }), '/metadata/notes'],
    ['no notes', ofVersion(), ofVersion({ labels: said.labels }), '/metadata/notes'],
    [
      'one more label',
      ofVersion(),
      ofVersion({ ...said, labels: { ...said.labels, c: '' } }),
      '/metadata/labels',
    ],
    ['another source', ofVersion(), ofVersion({ ...said, source: { commit: 'abd' } }), '/metadata/source'],
    [
      'another word of an artifact',
      ofArtifact(),
      ofArtifact({ secureBoot: true, minDiskBytes: 1 }),
      '/artifacts/0/secure_boot',
    ],
    [
      'a delta to be made of another version',
      ofArtifact({ deltaFrom: '1.0' }),
      ofArtifact({ deltaFrom: '1.1' }),
      '/artifacts/0/delta_from',
    ],
    [
      'no word of an artifact',
      ofArtifact(),
      ofArtifact({ secureBoot: false }),
      '/artifacts/0/min_disk_bytes',
    ],
  ])('is another in a release with %s', (_what, version, release, pointer) => {
    for (const mayGrow of [true, false]) {
      expect(findContentDifference(version, release, { mayGrow })).toMatchObject({ pointer });
    }
  });

  it.each<[string, ReleaseContent, string]>([
    ['version', ofVersion(), '/metadata/notes'],
    ['artifact', ofArtifact(), '/artifacts/0/min_disk_bytes'],
  ])('may be added to a draft only (%s)', (_what, release, pointer) => {
    expect(findContentDifference(content(), release, { mayGrow: true })).toBeUndefined();
    expect(findContentDifference(content(), release, { mayGrow: false })).toMatchObject({ pointer });
  });
});
