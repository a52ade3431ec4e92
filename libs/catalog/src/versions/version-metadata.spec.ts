import { changedMetadata, parseVersionMetadata, type VersionMetadata } from './version-metadata.js';

const ALL: VersionMetadata = {
  notes: '# Fixed\n\n- *openssl*',
  endOfLife: '2028-02-29',
  labels: { 'images.example/channel': 'stable', empty: '' },
  source: { repository: 'https://git.example/a', commit: 'abc123', pipelineUrl: 'https://git.example/a/1' },
};

it('takes all of it as it is', () => {
  expect(parseVersionMetadata(ALL)).toEqual(ALL);
});

it('takes what is empty for absent', () => {
  expect(parseVersionMetadata({ labels: {}, source: {} })).toEqual({});
});

it.each<[string, VersionMetadata]>([
  ['blank notes', { notes: ' \n' }],
  ['long notes', { notes: 'x'.repeat(16385) }],
  ['notes with NUL', { notes: 'a\0b' }],
  ['notes with half of a surrogate pair', { notes: 'a\ud800' }],
  ['notes that turn text around', { notes: 'a\u202eb' }],
  ['a day that does not exist', { endOfLife: '2027-02-29' }],
  ['a month that does not exist', { endOfLife: '2027-13-01' }],
  ['a time', { endOfLife: '2027-02-28T00:00:00Z' }],
  ['a year that clients cannot read', { endOfLife: '0001-01-01' }],
  ['a key of a label with a blank', { labels: { 'a b': 'x' } }],
  ['a key of a label that is long', { labels: { ['a'.repeat(64)]: 'x' } }],
  ['a long label', { labels: { a: 'x'.repeat(257) } }],
  ['a label of two lines', { labels: { a: 'x\ny' } }],
  ['too many labels', { labels: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`a${n}`, ''])) }],
  ['a link that runs', { source: { repository: 'javascript:alert(1)' } }],
  ['a commit with a blank', { source: { commit: 'a b' } }],
])('refuses %s', (_what, metadata) => {
  expect(() => parseVersionMetadata(metadata)).toThrow(
    expect.objectContaining({ code: 'invalid-text' }) as Error,
  );
});

it('leaves what a change does not name, takes away what it says null of, and replaces the rest', () => {
  const changes = { notes: null, labels: { other: 'x' }, source: undefined };
  expect(changedMetadata(ALL, changes)).toMatchObject({ endOfLife: ALL.endOfLife, labels: { other: 'x' } });
  expect(changedMetadata(ALL, changes)).not.toHaveProperty('notes');
});
