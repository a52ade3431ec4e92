import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from './canonical-json.js';
import { type CatalogRecord, parseRecord, writeRecord } from './catalog-record.js';
import { requireWhole } from './rebuild/check-version.js';

const ID = '0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6';
const HEX = 'ab'.repeat(32);
const DIGEST = `sha256:${HEX}`;
const BLOB = { digest: DIGEST, size_bytes: 3, storage_key: `blobs/sha256/ab/ab/${HEX}/${ID}` };
const RECORD: CatalogRecord = {
  subject: 'versions',
  id: ID,
  revision: 1_763_850_000_000_027,
  image: 'debian',
  rows: {
    blobs: [BLOB],
    versions: [{ id: ID, state: 'published', released_at: null }],
    artifacts: [{ bound_blob_digest: DIGEST }],
    attachments: [],
    stream_roots: [],
    stream_reports: [],
    delta_checks: [],
  },
};

it.each<[Json, string]>([
  [{ b: 1, a: [true, null, { d: 'é\n', c: {} }] }, '{"a":[true,null,{"c":{},"d":"é\\n"}],"b":1}'],
  [{ B: 1, a: 2, A: 3 }, '{"A":3,"B":1,"a":2}'],
  [[], '[]'],
])('writes %j in one way', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

describe('a record', () => {
  it('is read as it was written, under the digest of its bytes', () => {
    const { key, bytes } = writeRecord(RECORD);
    expect(key.sha256Hex).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(parseRecord(key, bytes)).toEqual(RECORD);
    expect(requireWhole(RECORD)).toEqual([{ digest: DIGEST, sizeBytes: 3, storageKey: BLOB.storage_key }]);
  });

  it.each<[string, (text: string) => string, string]>([
    ['no JSON', () => 'x', 'no JSON object'],
    ['an array', () => '[]', 'no JSON object'],
    ['of another format', (text) => text.replace('"format":1', '"format":2'), 'a format that'],
    ['of another revision', (text) => text.replace('0027', '0028'), 'not what its key says'],
    ['of something else', (text) => text.replace(/"versions"\}$/, '"images"}'), 'not what its key says'],
    ['without rows', (text) => text.replace('"rows"', '"raws"'), 'tables'],
    ['with rows of another table', (text) => text.replace('"blobs"', '"jobs"'), 'tables'],
    [
      'with a table that is none',
      (text) => text.replace(/"blobs":\[.*?\]/, '"blobs":7'),
      'its blobs are no rows',
    ],
  ])('%s is refused', (_what, change, reason) => {
    const { key, bytes } = writeRecord(RECORD);
    expect(() => parseRecord(key, Buffer.from(change(bytes.toString())))).toThrow(reason);
  });

  const withRows = (rows: CatalogRecord['rows']): CatalogRecord => ({
    ...RECORD,
    rows: { ...RECORD.rows, ...rows },
  });

  it.each<[string, CatalogRecord['rows'], string]>([
    ['of a draft', { versions: [{ id: ID, state: 'draft' }] }, 'published version'],
    ['of another version', { versions: [{ id: HEX, state: 'published' }] }, 'published version'],
    ['of two versions', { versions: [...(RECORD.rows['versions'] ?? []), {}] }, 'published version'],
    ['without artifacts', { artifacts: [] }, 'every blob'],
    ['without the blob of an artifact', { blobs: [] }, 'every blob'],
    ['without the blob of an attachment', { attachments: [{ bound_blob_digest: null }] }, 'every blob'],
    [
      'of a withdrawn version that can be restored, without a blob',
      {
        versions: [{ id: ID, state: 'withdrawn', released_at: null }],
        artifacts: [{ bound_blob_digest: null }],
      },
      'every blob',
    ],
    ['with no digest', { blobs: [{ ...BLOB, digest: 'sha256:1' }] }, 'cannot be one'],
    ['with a key of another kind', { blobs: [{ ...BLOB, storage_key: `records/${HEX}` }] }, 'cannot be one'],
    [
      'with a key of another digest',
      { blobs: [{ ...BLOB, storage_key: `blobs/sha256/00/00/${'0'.repeat(64)}/${ID}` }] },
      'cannot be one',
    ],
  ])('%s is refused', (_what, rows, reason) => {
    expect(() => requireWhole(withRows(rows))).toThrow(reason);
  });

  it('of a version that was released needs no blobs', () => {
    const versions = [{ id: ID, state: 'withdrawn', released_at: '2026-01-01T00:00:00+00:00' }];
    expect(requireWhole(withRows({ versions, artifacts: [{ bound_blob_digest: null }], blobs: [] }))).toEqual(
      [],
    );
  });
});
