import { gzipSync } from 'node:zlib';
import { findDiskProblem } from './disk-content.js';
import { makeQcow2 } from './fixtures/qcow2-bytes.js';
import { makeRandom } from './fixtures/random.js';
import { readRealHeads } from './fixtures/real-heads.js';

const LFS_POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

function problemOf(bytes: Buffer): string | undefined {
  return findDiskProblem(bytes, bytes.length);
}

test.each<[string, Buffer | string, RegExp]>([
  ['nothing', '', /no bytes at all/],
  ['a Git LFS pointer', LFS_POINTER, /a Git LFS pointer; fetch/],
  ['a Git LFS pointer of its first years', LFS_POINTER.replace('git-lfs', 'hawser'), /a Git LFS pointer/],
  ['an HTML page', '<!DOCTYPE html>\n<html lang="en"><title>404</title>', /an HTML page/],
  ['an HTML page without a type, after blank lines', '\r\n \t<HTML><body>Sorry</body>', /an HTML page/],
  ['an HTML page with a byte order mark', '\ufeff<!doctype html>', /an HTML page/],
  ['an HTML page in Latin-1', Buffer.from('<html>Pas trouv\xe9e', 'latin1'), /an HTML page/],
  ['an HTML page in UTF-16', Buffer.from('\ufeff<!DOCTYPE html><html>', 'utf16le'), /an HTML page/],
  ['a long HTML page', `<html>${'<p>é€😀'.repeat(9000)}`, /an HTML page/],
  ['the error of an object store', '<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code>', /an XML document/],
  ['the error of an object store, bare', '<Error><Code>AccessDenied</Code></Error>', /an XML document/],
  ['a problem document', '{"type":"about:blank","status":404}', /a JSON document/],
  ['a list', '[1, 2]', /a JSON document/],
  ['a message', 'Not Found', /are text/],
  ['a message in another script', '見つかりません\n', /are text/],
  ['a script', '#!/bin/sh\nexit 1\n', /are text/],
  ['text whose last character the probe cuts through', `${'x'.repeat(4094)}€€`, /are text/],
  ['a qcow2', makeQcow2(), /a qcow2 image/],
  ['a compressed disk', gzipSync(Buffer.alloc(100_000)), /gzip data/],
])('%s is no disk', (_what, bytes, reason) => {
  const problem = problemOf(Buffer.from(bytes));
  expect(problem).toMatch(reason);
  expect(problem).toMatch(/^[A-Z].*\.$/);
});

test.each(['qed', 'vmdk', 'vmdk-descriptor', 'vdi', 'vhdx', 'vhd', 'parallels', 'qcow1', 'tar', 'tar-xz'])(
  '%s is no disk as it is',
  (name) => {
    const { head, sizeBytes } = readRealHeads().get(name) ?? { head: Buffer.alloc(0), sizeBytes: 0 };
    expect(findDiskProblem(head, sizeBytes)).toMatch(/^The bytes of the disk are /);
  },
);

test.each(['raw-gpt', 'raw-mbr', 'raw-ext4', 'squashfs-gzip', 'squashfs-xz'])('%s is a disk', (name) => {
  const { head, sizeBytes } = readRealHeads().get(name) ?? { head: Buffer.alloc(0), sizeBytes: 0 };
  expect(findDiskProblem(head, sizeBytes)).toBeUndefined();
});

function isoOf(head: Buffer): Buffer {
  const iso = Buffer.alloc(64 * 1024);
  iso.write('CD001', 0x8001);
  head.copy(iso);
  return iso;
}

test.each<[string, Buffer]>([
  ['an empty disk', Buffer.alloc(64 * 1024)],
  ['a single sector of zeros', Buffer.alloc(512)],
  ['a disk with text behind its boot code', Buffer.from(`\xeb\x63\x90${'GRUB '.repeat(900)}`, 'latin1')],
  ['a hybrid ISO', isoOf(Buffer.from('\x45\x52\x08\0', 'latin1'))],
  ['an ISO without a boot sector', isoOf(Buffer.alloc(0))],
  ['a fixed VHD, which has only a footer', Buffer.concat([Buffer.alloc(65_536), Buffer.from('conectix')])],
])('%s is a disk', (_what, bytes) => {
  expect(problemOf(bytes.subarray(0, 64 * 1024))).toBeUndefined();
});

it('takes no random bytes for text', () => {
  const random = makeRandom(7);
  for (let round = 0; round < 500; round += 1) {
    const bytes = Buffer.from(Array.from({ length: 64 + random(900) }, () => random(256)));
    expect([problemOf(bytes), bytes.toString('hex')]).toEqual([undefined, bytes.toString('hex')]);
  }
});
