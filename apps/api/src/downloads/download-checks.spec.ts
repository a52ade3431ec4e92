import { createHash, randomBytes } from 'node:crypto';
import { type Blob, BlobDamagedError, parseDigest } from '@imgsrv/cas';
import { DownloadChecks } from './download-checks.js';

function blobOf(bytes: Buffer): Blob {
  return {
    digest: parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`),
    sizeBytes: bytes.length,
    storageKey: 'key',
    verifiedAt: new Date(),
    checkedAt: new Date(),
  };
}

const small = blobOf(randomBytes(1000));
const large = blobOf(randomBytes(2 ** 20));

it('hashes every download of a small blob', () => {
  const checks = new DownloadChecks();
  for (let download = 0; download < 3; download += 1) {
    expect(checks.begin(small)).toBeDefined();
    checks.end(small, true);
  }
});

it('hashes one download of a large blob, and another when that one was not sent to its end', () => {
  const checks = new DownloadChecks();
  expect(checks.begin(large)).toBeDefined();
  expect(checks.begin(large)).toBeUndefined();
  checks.end(large, false);
  expect(checks.begin(large)).toBeDefined();
  checks.end(large, true);
  expect(checks.begin(large)).toBeUndefined();
});

describe('a check', () => {
  const bytes = randomBytes(1000);
  const pieces = (of: Buffer) => [of.subarray(0, 999), of.subarray(999)] as const;

  it('lets the right bytes pass', () => {
    const check = new DownloadChecks().begin(blobOf(bytes));
    pieces(bytes).forEach((piece) => check?.add(piece));
  });

  it.each([
    ['a flipped bit', Buffer.from(bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte)))],
    ['bytes too many', Buffer.concat([bytes, bytes])],
  ])('stops %s with the last byte', (_, wrong) => {
    const check = new DownloadChecks().begin(blobOf(bytes));
    const [first, last] = pieces(wrong);
    check?.add(first);
    expect(() => check?.add(last)).toThrow(BlobDamagedError);
  });
});
