import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOfHex } from '@imgsrv/cas';
import { readRealArchive, REAL_METADATA } from './fixtures/real-archives.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { MetadataOfJob } from './metadata-of-job.js';
import { tarHeader, tarMember } from '../../../../test/fixtures/tar-bytes.js';

const MIB = 1024 * 1024;
const YAML = tarMember({ name: 'metadata.yaml' }, Buffer.from('creation_date: 1\nproperties: {os: Demo}\n'));

/** A worker's view of a store: blobs by digest, and what was read of them. */
function store(...blobs: Buffer[]) {
  const byDigest = new Map(
    blobs.map((bytes) => [digestOfHex(createHash('sha256').update(bytes).digest('hex')), bytes]),
  );
  const reads: Digest[] = [];
  const readBlob = (digest: Digest) => {
    reads.push(digest);
    return Readable.from([byDigest.get(digest) ?? Buffer.alloc(0)], { objectMode: false });
  };
  return { digests: [...byDigest.keys()], reads, readBlob };
}

const signal = new AbortController().signal;

describe('MetadataOfJob', () => {
  it('reads equal bytes once, however many artifacts have them', async () => {
    const { digests, reads, readBlob } = store(readRealArchive('split'));
    const metadata = new MetadataOfJob({ readBlob, signal });
    for (let artifact = 0; artifact < 500; artifact += 1) {
      for (const digest of digests) {
        expect(await metadata.read({ digest, container: 'tar.xz' })).toEqual(REAL_METADATA);
      }
    }
    expect(reads).toEqual(digests);
  });

  it('reads refused bytes once as well', async () => {
    const { digests, reads, readBlob } = store(Buffer.from('rubbish'));
    const metadata = new MetadataOfJob({ readBlob, signal });
    for (const digest of [...digests, ...digests]) {
      await expect(metadata.read({ digest, container: 'tar.xz' })).rejects.toThrow(InvalidImageMetadataError);
    }
    expect(reads).toHaveLength(1);
  });

  it('does not take bytes that are a sound unified image for a metadata archive', async () => {
    const { digests, readBlob } = store(readRealArchive('unified'));
    const metadata = new MetadataOfJob({ readBlob, signal });
    for (const digest of digests) {
      expect(await metadata.read({ digest, container: 'tar.gz' })).toEqual(REAL_METADATA);
      await expect(metadata.read({ digest, container: 'tar.xz' })).rejects.toThrow(InvalidImageMetadataError);
    }
  });

  it('is not held for long by two megabytes of gzip', async () => {
    const zeros = gzipSync(tarMember({ name: 'rootfs/zeros' }, Buffer.alloc(MIB)));
    const bomb = Buffer.concat(Array.from({ length: 1800 }, () => zeros));
    expect(bomb.length).toBeGreaterThan(1.8e6);
    const { digests, readBlob } = store(bomb);
    const metadata = new MetadataOfJob({ readBlob, signal });
    const startedAt = performance.now();
    for (const digest of digests) {
      await expect(metadata.read({ digest, container: 'tar.gz' })).rejects.toThrow(
        /within the first 67108864/,
      );
    }
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('lets five hundred archives decompress to no more than one job may', async () => {
    const zeros = gzipSync(Buffer.alloc(63 * MIB));
    const bombs = Array.from({ length: 20 }, (_, at) => {
      const start = Buffer.concat([YAML, tarHeader({ name: `rootfs/${at}`, size: 63 * MIB })]);
      return Buffer.concat([gzipSync(start), zeros]);
    });
    const { digests, reads, readBlob } = store(...bombs);
    const metadata = new MetadataOfJob({ readBlob, signal });
    const readAll = async () => {
      for (const digest of digests) await metadata.read({ digest, container: 'tar.gz' });
    };
    await expect(readAll()).rejects.toThrow(/more than 20 times their size/);
    expect(reads.length).toBeLessThan(8);
  });

  it('ends with the reason of the signal while it waits for bytes that do not come', async () => {
    const abort = new AbortController();
    const body = new PassThrough();
    const metadata = new MetadataOfJob({ readBlob: () => body, signal: abort.signal });
    const { digests } = store(YAML);
    const readings = digests.map((digest) => metadata.read({ digest, container: 'tar.gz' }));
    await setImmediate();
    abort.abort(new Error('deadline'));
    await expect(Promise.all(readings)).rejects.toThrow('deadline');
    expect(body.destroyed).toBe(true);
  });

  it('ends with the reason of the signal while another job decompresses', async () => {
    const { digests, readBlob } = store(readRealArchive('zeros-first'));
    const abort = new AbortController();
    const others = new MetadataOfJob({ readBlob, signal });
    const own = new MetadataOfJob({ readBlob, signal: abort.signal });
    const [digest] = digests;
    if (digest === undefined) throw new Error('the store is empty');
    const other = others.read({ digest, container: 'tar.xz' });
    const reading = own.read({ digest, container: 'tar.xz' });
    await setImmediate();
    abort.abort(new Error('deadline'));
    await expect(reading).rejects.toThrow('deadline');
    expect(await other).toEqual(REAL_METADATA);
    expect(await others.read({ digest, container: 'tar.xz' })).toEqual(REAL_METADATA);
  });
});
