import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describeWith } from '../../../../test/fixtures/requirement.js';
import { readImageMetadata } from './read-image-metadata.js';

const FILES = `printf 'architecture: x86_64\\ncreation_date: 1767225600\\nproperties: {os: Demo}\\n' > metadata.yaml; mkdir templates; echo x > templates/a
  truncate -s 8M holes; for at in 0 5 11 20 33 47 52 60 71 80 91 99 103 110 117 125; do
    printf data | dd of=holes bs=1 seek=$((at * 65536)) conv=notrunc status=none; done`;

/** Shell commands that write an archive to their output, in a folder with FILES. */
const LIKE_TAR: readonly string[] = [
  'tar -c metadata.yaml templates | xz',
  'tar -cP --transform s,^,/, metadata.yaml templates | xz',
  'tar -c ./metadata.yaml ./templates | xz',
  'tar -c --transform s,^,.//, metadata.yaml | xz',
  'tar -c --format=v7 metadata.yaml templates | xz',
  'tar -c --format=ustar metadata.yaml templates | xz',
  'tar -c -V label --format=gnu metadata.yaml | xz',
  'tar -c -V label --format=posix metadata.yaml | xz',
  'tar -c -S --format=gnu holes metadata.yaml | xz',
  'tar -c -S --format=oldgnu holes metadata.yaml | xz',
  'tar -c -S --format=posix --sparse-version=0.0 holes metadata.yaml | xz',
  'tar -c -S --format=posix --sparse-version=0.1 holes metadata.yaml | xz',
  'tar -c -S --format=posix --sparse-version=1.0 holes metadata.yaml | xz',
  'mkdir -p $(printf "%0150d" 7); touch $(printf "%0150d" 7)/$(printf "%0150d" 8); tar -c --format=gnu 0* metadata.yaml | xz',
  'mkdir -p $(printf "%0150d" 7); touch $(printf "%0150d" 7)/$(printf "%0150d" 8); tar -c --format=posix 0* metadata.yaml | xz',
  'tar -c metadata.yaml templates | xz -9e',
  ...['none', 'crc32', 'crc64', 'sha256'].map((check) => `tar -c metadata.yaml | xz --check=${check}`),
  ...['x86', 'arm', 'arm64', 'armthumb', 'powerpc', 'ia64', 'sparc', 'delta=dist=4'].map(
    (filter) => `tar -c metadata.yaml holes | xz --${filter} --lzma2`,
  ),
  'tar -c metadata.yaml holes > a; head -c 5000 a | xz; tail -c +5001 a | xz --check=sha256',
  'tar -c metadata.yaml | xz; head -c 4000 /dev/zero',
  'tar -c metadata.yaml > a; head -c 512 a | xz; head -c 8 /dev/zero; tail -c +513 a | xz',
];

const NOT_LIKE_TAR: readonly (readonly [command: string, reason: RegExp])[] = [
  ['tar -c metadata.yaml | xz; head -c 3 /dev/zero', /follows its end/],
  ['tar -c metadata.yaml | xz; echo junk', /follows its end/],
  ['tar -c metadata.yaml | xz | head -c -1', /cut off/],
  ['tar -c metadata.yaml | xz | head -c -20', /cut off/],
  ['tar -c metadata.yaml holes | xz | head -c 300', /cut off/],
  ['tar -c metadata.yaml | head -c 600 | xz', /ends before its end/],
  ['echo text | xz', /no tar archive/],
  [': | xz', /no metadata\.yaml/],
  ['tar -c metadata.yaml | gzip', /is gzip data, not xz data.*gzip -dc OLD \| xz > NEW/],
  ['tar -c metadata.yaml | bzip2', /is bzip2 data, not xz data.*bzip2 -dc OLD \| xz > NEW/],
  ['tar -c metadata.yaml | zstd -q', /is zstd data, not xz data.*zstd -dc OLD \| xz > NEW/],
  ['tar -c metadata.yaml | xz --format=lzma', /is lzma data, not xz data.*lzma -dc OLD \| xz > NEW/],
  ['tar -c metadata.yaml', /is a tar archive, not xz data.*cat OLD \| xz > NEW/],
  ['head -c 70000 /dev/urandom', /no xz data/],
];

describeWith('images', 'metadata archives that real programs made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imgsrv-archives-'));
  const run = (command: string) => {
    execFileSync('bash', ['-c', command], { cwd: folder, maxBuffer: 2 ** 26, stdio: 'pipe' });
  };
  const make = (command: string) => {
    run(`{ ${command}; } > archive`);
    return readFileSync(join(folder, 'archive'));
  };
  const read = (bytes: Buffer) =>
    readImageMetadata(Readable.from([bytes], { objectMode: false }), 'tar.xz', {
      maxDecompressedBytes: 2 ** 26,
    });

  beforeAll(() => {
    run(FILES);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(LIKE_TAR)('reads what tar reads: %s', async (command) => {
    const bytes = make(command);
    run('tar -tJPf archive');
    expect(await read(bytes)).toMatchObject({ architecture: 'x86_64', os: 'Demo' });
  });

  test.each(NOT_LIKE_TAR)('refuses with a reason: %s', async (command, reason) => {
    const bytes = make(command);
    expect(() => {
      run('set -o pipefail; xz --format=xz -dc archive | tar -t | grep metadata');
    }).toThrow();
    await expect(read(bytes)).rejects.toThrow(reason);
  });
});
