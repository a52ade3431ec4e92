import { PartMismatchError } from '../object-store/object-store.errors.js';
import { advisedPartSizeBytes, checkPartList, SMALLEST_PART_BYTES } from './part-list.js';
import { InvalidPartListError, UploadSizeMismatchError } from './upload.errors.js';

const MIB = 2 ** 20;
const part = (partNumber: number, sizeBytes: number, etag = `e${partNumber}`) => ({
  partNumber,
  etag,
  sizeBytes,
});
const recorded = [part(1, 5 * MIB), part(2, 6 * MIB), part(3, 7)];
const sum = 11 * MIB + 7;

describe('the list of parts of a complete', () => {
  it('is put in order whatever order the client chose', () => {
    const reversed = [...recorded].reverse();
    expect(checkPartList(reversed, recorded, sum)).toEqual(recorded);
  });

  it('may leave received parts out', () => {
    expect(checkPartList([part(2, 6 * MIB), part(3, 7)], recorded, 6 * MIB + 7)).toHaveLength(2);
  });

  it('may be one empty part', () => {
    expect(checkPartList([part(1, 0)], [part(1, 0)], 0)).toEqual([part(1, 0)]);
  });

  it.each([
    ['is empty', [], sum, InvalidPartListError],
    ['names a part twice', [part(1, 5 * MIB), part(1, 5 * MIB)], 10 * MIB, InvalidPartListError],
    [
      'has a small part before the last',
      [part(1, SMALLEST_PART_BYTES - 1), part(2, 6 * MIB)],
      sum,
      InvalidPartListError,
    ],
    ['names a part that was not received', [part(1, 5 * MIB), part(9, 7)], sum, PartMismatchError],
    ['has another etag', [part(1, 5 * MIB, 'x'), part(3, 7)], sum, PartMismatchError],
    ['has another size', [part(1, 5 * MIB + 1), part(3, 7)], sum, PartMismatchError],
    ['adds up to less', [part(1, 5 * MIB), part(3, 7)], sum, UploadSizeMismatchError],
    ['adds up to more', recorded, sum - 1, UploadSizeMismatchError],
  ])('is refused when it %s', (_case, named, expectedSizeBytes, error) => {
    expect(() => checkPartList(named, recorded, expectedSizeBytes)).toThrow(error);
  });
});

describe('the advised part size', () => {
  it.each([0, 1, MIB, 2 ** 30, 2 ** 40, 5 * 2 ** 40])('keeps %p bytes under 10,000 parts', (sizeBytes) => {
    const partBytes = advisedPartSizeBytes(sizeBytes);
    expect(partBytes).toBeGreaterThanOrEqual(SMALLEST_PART_BYTES);
    expect(partBytes % MIB).toBe(0);
    expect(Math.ceil(sizeBytes / partBytes)).toBeLessThanOrEqual(10_000);
  });
});
