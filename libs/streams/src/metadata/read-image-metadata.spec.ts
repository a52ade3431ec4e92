import { PassThrough, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { readRealArchive, REAL_METADATA } from './fixtures/real-archives.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { withTarChecksum } from '../../../../test/fixtures/tar-bytes.js';
import {
  type MetadataContainer,
  readImageMetadata,
  type ReadImageMetadataOptions,
} from './read-image-metadata.js';

const YAML = 'architecture: x86_64\ncreation_date: 1\nproperties: {os: Debian}\n';
const METADATA = { architecture: 'x86_64', creationDate: '1', os: 'Debian' };

function streamOf(bytes: Buffer, chunkBytes = 64 * 1024): Readable {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  return Readable.from(chunks, { objectMode: false });
}

type Member = readonly [name: string, content: string | Buffer];

function tarOf(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of members) archive.entry({ name }, content);
  archive.finalize();
  return collect(archive);
}

async function collect(source: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function gzipTarOf(members: readonly Member[]): Promise<Buffer> {
  return gzipSync(await tarOf(members));
}

describe('readImageMetadata of archives of real tools', () => {
  test.each<[string, MetadataContainer]>([
    ['split', 'tar.xz'],
    ['split-best', 'tar.xz'],
    ['split-dot', 'tar.xz'],
    ['split-pax', 'tar.xz'],
    ['split-crc32', 'tar.xz'],
    ['split-two-streams', 'tar.xz'],
    ['split-two-blocks', 'tar.xz'],
    ['sha256-check', 'tar.xz'],
    ['x86-filter', 'tar.xz'],
    ['zeros-first', 'tar.xz'],
    ['noise-first', 'tar.xz'],
    ['unified', 'tar.gz'],
    ['unified-last', 'tar.gz'],
  ])('reads %s', async (name, container) => {
    const body = streamOf(readRealArchive(name));
    expect(await readImageMetadata(body, container)).toEqual(REAL_METADATA);
    expect(body.destroyed).toBe(true);
  });

  it('reads what arrives byte by byte', async () => {
    expect(await readImageMetadata(streamOf(readRealArchive('split'), 1), 'tar.xz')).toEqual(REAL_METADATA);
    expect(await readImageMetadata(streamOf(readRealArchive('unified'), 1), 'tar.gz')).toEqual(REAL_METADATA);
  });

  const limit = (options: ReadImageMetadataOptions) => options;
  test.each<[string, MetadataContainer, ReadImageMetadataOptions, RegExp]>([
    ['dictionary-96-mib', 'tar.xz', {}, /dictionary is larger than 64 MiB/],
    ['dictionary-1-gib-later', 'tar.xz', {}, /dictionary is larger than 64 MiB/],
    ['without-metadata', 'tar.xz', {}, /has no metadata\.yaml/],
    ['link', 'tar.xz', {}, /no regular file/],
    ['not-tar', 'tar.xz', {}, /damaged or no tar archive/],
    ['unified', 'tar.xz', {}, /is gzip data, not xz data. Recompress it: gzip -dc OLD \| xz > NEW/],
    ['split', 'tar.gz', {}, /damaged or no gzip data/],
    ['zeros-first', 'tar.xz', limit({ maxDecompressedBytes: 4_000_000 }), /within the first 4000000 bytes/],
    ['unified-last', 'tar.gz', limit({ maxDecompressedBytes: 1024 }), /within the first 1024 bytes/],
    ['noise-first', 'tar.xz', limit({ maxCompressedBytes: 3000 }), /larger than 3000 bytes; leave out/],
    ['unified', 'tar.gz', limit({ maxCompressedBytes: 20 }), /within the first 20 compressed bytes/],
    ['split', 'tar.xz', limit({ maxDecompressedBytes: 4096 }), /continues after its first 4096 bytes/],
    ['split', 'tar.xz', limit({ maxMetadataBytes: 100 }), /larger than 100 bytes/],
  ])('refuses %s as %s with %p', async (name, container, options, reason) => {
    const body = streamOf(readRealArchive(name));
    const reading = readImageMetadata(body, container, options);
    await expect(reading).rejects.toThrow(InvalidImageMetadataError);
    await expect(reading).rejects.toThrow(reason);
    expect(body.destroyed).toBe(true);
  });
});

describe('readImageMetadata of damaged archives', () => {
  test.each<[string, MetadataContainer, number]>([
    ['split', 'tar.xz', 0],
    ['split', 'tar.xz', 3],
    ['split', 'tar.xz', 20],
    ['split', 'tar.xz', 60],
    ['unified', 'tar.gz', 0],
    ['unified', 'tar.gz', 2],
    ['unified', 'tar.gz', 12],
    ['unified', 'tar.gz', 60],
  ])('refuses %s cut after %s %i bytes', async (name, container, length) => {
    const body = streamOf(readRealArchive(name).subarray(0, length));
    await expect(readImageMetadata(body, container)).rejects.toThrow(InvalidImageMetadataError);
  });

  it('refuses every single damaged byte of an xz archive or reads the same metadata', async () => {
    const archive = readRealArchive('split');
    for (let at = 0; at < archive.length; at += 5) {
      const damaged = Buffer.from(archive);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
      const outcome = await readImageMetadata(streamOf(damaged), 'tar.xz').catch((error: unknown) => error);
      if (!(outcome instanceof InvalidImageMetadataError)) expect(outcome).toEqual(REAL_METADATA);
    }
  });

  test.each<[string, Member[], RegExp]>([
    ['names in folders', [['rootfs/metadata.yaml', YAML]], /has no metadata/],
    ['a name that tar does not unpack', [['x/../metadata.yaml', YAML]], /has no metadata/],
    ['a folder of that name', [['metadata.yaml/', '']], /no regular file|has no metadata/],
    ['another case', [['METADATA.YAML', YAML]], /has no metadata/],
    ['an empty archive', [], /has no metadata/],
    ['a large metadata.yaml', [['metadata.yaml', ' '.repeat(2 ** 15 + 1)]], /larger than 32768 bytes/],
    ['text that is no YAML', [['metadata.yaml', 'a: [']], /not valid YAML near line 1/],
  ])('refuses %s', async (_what, members, reason) => {
    const body = streamOf(await gzipTarOf(members));
    await expect(readImageMetadata(body, 'tar.gz')).rejects.toThrow(reason);
  });

  it('finds templates before and after the file, however their names begin', async () => {
    const yaml = `${YAML}templates: {/a: {template: a}, /b: {template: sub/b}}\n`;
    const members: Member[] = [
      ['./templates/a', 'x'],
      ['metadata.yaml', yaml],
      ['/templates/./sub/b', 'x'],
    ];
    expect(await readImageMetadata(streamOf(await gzipTarOf(members)), 'tar.gz')).toEqual(METADATA);
    const withoutLast = streamOf(await gzipTarOf(members.slice(0, 2)));
    await expect(readImageMetadata(withoutLast, 'tar.gz')).rejects.toThrow(
      /no regular file "templates\/sub\/b"/,
    );
    const elsewhere = streamOf(await gzipTarOf([...members.slice(0, 2), ['rootfs/templates/sub/b', 'x']]));
    await expect(readImageMetadata(elsewhere, 'tar.gz')).rejects.toThrow(/no regular file/);
  });

  it('refuses a tar header of 4 GiB of attributes without keeping them', async () => {
    const tar = await tarOf([['a', 'b']]);
    const header = tar.subarray(0, 512);
    header.write('x', 156);
    header.write('40000000000\0', 124);
    withTarChecksum(header);
    await expect(readImageMetadata(streamOf(gzipSync(tar)), 'tar.gz')).rejects.toThrow(/no tar archive/);
  });
});

describe('readImageMetadata of archives with two metadata.yaml', () => {
  const OTHER = 'architecture: aarch64\n';

  test.each<[string, string, string]>([
    ['twice the same name', 'metadata.yaml', 'metadata.yaml'],
    ['one with ./', 'metadata.yaml', './metadata.yaml'],
    ['one with ./ first', './metadata.yaml', 'metadata.yaml'],
    ['one that is unpacked to the same place', 'metadata.yaml', 'x/..//./metadata.yaml'],
    ['one that is absolute', '/metadata.yaml', 'metadata.yaml'],
  ])('refuses %s', async (_what, first, second) => {
    const tar = await gzipTarOf([
      [first, YAML],
      ['templates/a', 'x'],
      [second, OTHER],
    ]);
    await expect(readImageMetadata(streamOf(tar), 'tar.gz')).rejects.toThrow(/more than one metadata\.yaml/);
  });

  it('refuses a second one that a metadata archive has last', async () => {
    const body = streamOf(readRealArchive('two-metadata'));
    await expect(readImageMetadata(body, 'tar.xz')).rejects.toThrow(/more than one metadata\.yaml/);
  });

  it('does not look for a second one beyond the beginning of a unified image', async () => {
    const members: Member[] = [
      ['metadata.yaml', YAML],
      ['rootfs/a', Buffer.alloc(8192)],
      ['metadata.yaml', OTHER],
    ];
    const body = streamOf(await gzipTarOf(members));
    const limits = { maxDecompressedBytes: 4096 };
    expect(await readImageMetadata(body, 'tar.gz', limits)).toEqual(METADATA);
  });
});

describe('readImageMetadata of archives that claim sizes', () => {
  /** The header of one file whose size field is given, with the right checksum, and nothing after it. */
  async function headerWithSize(size: Buffer): Promise<Buffer> {
    const header = (await tarOf([['x', 'x']])).subarray(0, 512);
    size.copy(header, 124);
    return withTarChecksum(header);
  }

  const binary = (...bytes: number[]) => Buffer.from([...bytes, ...Array<number>(12 - bytes.length).fill(0)]);

  test.each<[string, Buffer]>([
    ['of which no bit pattern is a number', binary(0x9e)],
    ['beyond every safe integer', binary(0x80, 0, 0, 0, 1)],
    ['below zero', Buffer.alloc(12, 0xff)],
    ['that are no digits', Buffer.from('12345abcdef\0')],
    ['of a file that is not there', Buffer.from('00000001000\0')],
    ['of a terabyte that is not there', binary(0x80, 0, 0, 0, 0, 0, 1)],
  ])('is not made to wait for ever by sizes %s', async (_what, size) => {
    const body = streamOf(gzipSync(Buffer.concat([await headerWithSize(size), Buffer.alloc(9728)])));
    await expect(readImageMetadata(body, 'tar.gz')).rejects.toThrow(InvalidImageMetadataError);
    expect(body.destroyed).toBe(true);
  });

  it('is not made to wait for ever by an xz of fewer than 200 bytes', async () => {
    const archive = readRealArchive('size-without-meaning');
    expect(archive.length).toBeLessThan(200);
    await expect(readImageMetadata(streamOf(archive), 'tar.xz')).rejects.toThrow(/damaged/);
  });
});

describe('readImageMetadata and its source', () => {
  /** Gives the bytes, then nothing more, ever. */
  function stall(bytes: Buffer): PassThrough {
    const body = new PassThrough();
    body.write(bytes);
    return body;
  }

  it('stops where it looks no further without waiting for the rest of a unified image', async () => {
    const gzip = createGzip();
    const tar = await tarOf([
      ['metadata.yaml', YAML],
      ['rootfs/a', Buffer.alloc(1024)],
      ['rootfs/b', Buffer.alloc(4096)],
    ]);
    gzip.write(tar.subarray(0, 4096));
    await new Promise<void>((resolve) => {
      gzip.flush(resolve);
    });
    const start = gzip.read() as Buffer;
    const body = stall(start);
    const reading = readImageMetadata(body, 'tar.gz', { maxDecompressedBytes: 4096 });
    expect(await reading).toEqual(METADATA);
    expect(body.destroyed).toBe(true);
    gzip.destroy();
  });

  it('does not read an archive that goes on after the compressed limit', async () => {
    let bytesRead = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          bytesRead += 65536;
          yield Buffer.alloc(65536);
        }
      })(),
      { objectMode: false },
    );
    await expect(readImageMetadata(endless, 'tar.xz')).rejects.toThrow(InvalidImageMetadataError);
    expect(bytesRead).toBeLessThan(8 * 2 ** 20);
  });

  test.each<MetadataContainer>(['tar.xz', 'tar.gz'])(
    'passes the error of a failing source on (%s)',
    async (container) => {
      const broken = new Error('connection reset');
      const body = stall(readRealArchive(container === 'tar.xz' ? 'split' : 'unified').subarray(0, 40));
      const reading = readImageMetadata(body, container);
      await setImmediate();
      body.destroy(broken);
      await expect(reading).rejects.toBe(broken);
    },
  );

  test.each<MetadataContainer>(['tar.xz', 'tar.gz'])(
    'rejects when the source just closes (%s)',
    async (container) => {
      const body = stall(Buffer.alloc(0));
      const reading = readImageMetadata(body, container);
      await setImmediate();
      body.destroy();
      await expect(reading).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    },
  );

  test.each<MetadataContainer>(['tar.xz', 'tar.gz'])(
    'is aborted while it waits for bytes (%s)',
    async (container) => {
      const abort = new AbortController();
      const body = stall(Buffer.alloc(0));
      const reading = readImageMetadata(body, container, { signal: abort.signal });
      await setImmediate();
      abort.abort(new Error('lease lost'));
      await expect(reading).rejects.toThrow('lease lost');
      expect(body.destroyed).toBe(true);
    },
  );

  it('is aborted while it decompresses', async () => {
    const abort = new AbortController();
    const body = streamOf(readRealArchive('zeros-first'));
    body.once('end', () => {
      abort.abort(new Error('lease lost'));
    });
    const reading = readImageMetadata(body, 'tar.xz', { signal: abort.signal });
    await expect(reading).rejects.toThrow('lease lost');
  });

  it('reads nothing when it is aborted beforehand', async () => {
    const body = stall(readRealArchive('split'));
    const signal = AbortSignal.abort(new Error('shutting down'));
    await expect(readImageMetadata(body, 'tar.xz', { signal })).rejects.toThrow('shutting down');
    expect(body.destroyed).toBe(true);
  });

  it('keeps many readers apart, those that stop early, fail or are aborted among them', async () => {
    const read = (name: string, options?: ReadImageMetadataOptions) =>
      readImageMetadata(streamOf(readRealArchive(name)), 'tar.xz', options).catch((error: unknown) => error);
    const rounds = Array.from({ length: 20 }, async () => {
      const [sound, aborted, dictionary, noise, limited] = await Promise.all([
        read('split'),
        read('zeros-first', { signal: AbortSignal.timeout(1) }),
        read('dictionary-96-mib'),
        read('noise-first'),
        read('zeros-first', { maxDecompressedBytes: 1_000_000 }),
      ]);
      expect([sound, noise]).toEqual([REAL_METADATA, REAL_METADATA]);
      expect(aborted).toMatchObject({ name: 'TimeoutError' });
      expect(dictionary).toMatchObject({ message: expect.stringMatching(/dictionary/) as string });
      expect(limited).toMatchObject({ message: expect.stringMatching(/first 1000000 bytes/) as string });
    });
    await Promise.all(rounds);
  });
});
