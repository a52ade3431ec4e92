import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tarMember } from '../fixtures/tar-bytes.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { storeXz } from '../hostile/store-xz.js';
import { type JoinedService, joinContractService } from './contract-service.js';

/** What is compressed is read to its end before it is published; a refusal says why. */

let service: JoinedService;

beforeAll(async () => {
  service = await joinContractService();
}, 60_000);

const JUNK = Buffer.from('junk');
const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 5);
const tarOf = (...names: string[]) =>
  Buffer.concat([...names.map((name) => tarMember({ name }, Buffer.from(randomUUID()))), Buffer.alloc(1024)]);
const root = storeXz(tarOf('etc/hostname'));
const unified = gzipSync(tarOf('metadata.yaml', 'rootfs/etc/hostname'));
const disk = gzipSync(Buffer.alloc(2048, 'disk'));
const metadata = readRealArchive('split');

async function publish(format: string, bytes: Buffer, attachment?: Buffer): Promise<string> {
  const { publisher } = service;
  const image = `archive-${randomUUID()}`;
  await publisher.createImage(image);
  await publisher.createVersion(image, '1.0');
  const blob = await publisher.uploadFile(bytes);
  const { id } = await publisher.addArtifact(image, '1.0', { format, blob, architecture: 'x86_64' });
  if (attachment !== undefined) {
    const file = await publisher.uploadFile(attachment);
    await publisher.addAttachment(image, '1.0', id, { name: 'incus.tar.xz', blob: file });
  }
  return publisher.publish(image, '1.0').then(
    () => 'published',
    (error: unknown) => String(error),
  );
}

test.each<[string, Buffer, Buffer | undefined, RegExp]>([
  ['rootfs.tar.xz', cut(root), undefined, /cut off/],
  ['rootfs.tar.xz', Buffer.concat([root, JUNK]), undefined, /follows its end/],
  ['rootfs.tar.xz', storeXz(Buffer.alloc(4096, 'text ')), undefined, /no tar archive/],
  ['rootfs.tar.xz', storeXz(tarOf('rootfs/etc/hostname')), undefined, /tar -C rootfs -cJf rootfs\.tar\.xz/],
  ['incus.tar.gz', cut(unified), undefined, /cut off/],
  ['incus.tar.gz', Buffer.concat([unified, JUNK]), undefined, /damaged/],
  ['incus.tar.gz', gzipSync(tarOf('metadata.yaml', 'etc/hostname')), undefined, /has no rootfs\//],
  ['incus.tar.gz', gzipSync(tarOf('metadata.yaml', 'rootfs.img')), undefined, /virtual machine/],
  ['raw.gz', cut(disk), undefined, /cut off/],
  ['raw.gz', Buffer.concat([disk, JUNK]), undefined, /damaged/],
  ['rootfs.tar.xz', root, cut(metadata), /cut off/],
  ['rootfs.tar.xz', root, Buffer.concat([metadata, JUNK]), /follows its end/],
  ['rootfs.tar.xz', root, gzipSync(tarOf('metadata.yaml')), /gzip -dc OLD \| xz > NEW/],
])('a publish of %s is refused with the reason (%#)', async (format, bytes, attachment, reason) => {
  expect(await publish(format, bytes, attachment)).toMatch(reason);
});

test.each<[string, Buffer, Buffer | undefined]>([
  ['rootfs.tar.xz', root, metadata],
  ['raw.gz', Buffer.concat([disk, Buffer.alloc(512)]), undefined],
])('a sound %s is published', async (format, bytes, attachment) => {
  expect(await publish(format, bytes, attachment)).toBe('published');
});
