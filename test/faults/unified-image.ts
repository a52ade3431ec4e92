import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const METADATA = `architecture: x86_64
creation_date: 1763850000
properties:
  os: Tiny
  release: "1"
`;

/** A small container image as one `incus.tar.gz`, unlike every other one. */
export async function unifiedImage(metadata = METADATA): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: 'metadata.yaml' }, metadata);
  archive.entry({ name: 'rootfs/etc/machine-id' }, randomBytes(16).toString('hex'));
  archive.finalize();
  return gzipSync(await buffer(archive));
}
