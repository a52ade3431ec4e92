import { digestOfHex } from './digest.js';
import {
  isGenerationKey,
  KEY_PARTITIONS,
  newGenerationKey,
  parseRecordKey,
  partitionPrefixes,
  recordKey,
} from './object-keys.js';

const HEX = `0f1e${'ab'.repeat(30)}`;
const UUID = '0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6';

it('knows its own keys, each in one partition', () => {
  const key = newGenerationKey(digestOfHex(HEX));
  expect(isGenerationKey(key)).toBe(true);
  const partitions = Array.from({ length: KEY_PARTITIONS }, (_, partition) =>
    partitionPrefixes(partition),
  ).flat();
  expect(partitions.filter((prefix) => key.startsWith(prefix))).toEqual(['blobs/sha256/0']);
  const record = recordKey({ subject: 'versions', id: UUID, revision: 7, sha256Hex: HEX });
  expect(partitions.filter((prefix) => record.startsWith(prefix))).toEqual(['records/']);
  expect(new Set(partitions).size).toBe(17);
});

it('reads what a record is of its key, and sorts a later one behind', () => {
  const record = { subject: 'images', id: UUID, revision: 1_763_850_000_000_009, sha256Hex: HEX } as const;
  expect(parseRecordKey(recordKey(record))).toEqual(record);
  expect(recordKey({ ...record, revision: record.revision + 1 }) > recordKey(record)).toBe(true);
});

it.each([
  `records/images/${UUID}`,
  `records/blobs/${UUID}/0000000000000007-${HEX}`,
  `records/images/${UUID}/7-${HEX}`,
  `records/images/${UUID.toUpperCase()}/0000000000000007-${HEX}`,
  `records/images/${'-'.repeat(36)}/0000000000000007-${HEX}`,
  `records/images/${UUID}/0000000000000007-${HEX}/more`,
  `records/images/${UUID}/0000000000000007-${HEX}\n`,
])('does not take %j for a record', (key) => {
  expect(parseRecordKey(key)).toBeUndefined();
});

it.each([
  '',
  'blobs',
  `blobs/sha256/0f/1e/${HEX}`,
  `blobs/sha256/0f/1e/${HEX}/`,
  `blobs/sha256/0f/1e/${HEX}/notes.txt`,
  `blobs/sha256/0f/1e/${HEX}/${UUID}/more`,
  `blobs/sha256/0f/1e/${HEX}/${UUID}\n`,
  `blobs/sha256/0f/1e/${HEX}/${UUID.toUpperCase()}`,
  `blobs/sha256/00/1e/${HEX}/${UUID}`,
  `blobs/sha256/0f/00/${HEX}/${UUID}`,
  `blobs/sha256/0f/1e/${HEX.slice(1)}/${UUID}`,
  `blobs/sha256/0F/1E/${HEX.toUpperCase()}/${UUID}`,
  `blobs/sha512/0f/1e/${HEX}/${UUID}`,
  `other/blobs/sha256/0f/1e/${HEX}/${UUID}`,
  `/blobs/sha256/0f/1e/${HEX}/${UUID}`,
  `manifests/debian/1/${HEX}.json`,
])('does not take %j for its own', (key) => {
  expect(isGenerationKey(key)).toBe(false);
});
