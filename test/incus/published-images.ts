import { randomInt, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TestImages } from '../fixtures/test-images.js';
import { fingerprintOfBytes } from './image-client.js';
import type { ServedImages } from './served-images.js';

/** The attachment that shows a split image to Incus, and the one that shows it to LXD. */
export type MetadataName = 'incus.tar.xz' | 'lxd.tar.xz';

/** An image whose root no other test has, and what a client must find when it is published. */
export interface PreparedImage {
  readonly format: 'squashfs' | 'rootfs.tar.xz' | 'qcow2';
  readonly variant?: string;
  readonly operatingSystem?: string;
  readonly architecture?: string;
  readonly metadataName: MetadataName;
  readonly metadata: Buffer;
  readonly root: Buffer;
  readonly fingerprint: string;
}

/** A name no other test uses. */
export function freshImageName(purpose: string): string {
  return `${purpose}-${randomUUID().slice(0, 8)}`;
}

/** A real image with a root of its own. */
export async function prepareImage(
  files: TestImages,
  format: PreparedImage['format'],
  metadataName: MetadataName,
  ownMetadata?: Buffer,
): Promise<PreparedImage> {
  const { containerV1, virtualMachine } = files;
  const rootFiles = {
    squashfs: containerV1.squashfs,
    'rootfs.tar.xz': containerV1.rootTarXz,
    qcow2: virtualMachine.qcow2,
  };
  const { incusTarXz, lxdTarXz } = format === 'qcow2' ? virtualMachine : containerV1;
  const metadata = ownMetadata ?? (await readFile(metadataName === 'incus.tar.xz' ? incusTarXz : lxdTarXz));
  const root = await withOwnTail(rootFiles[format]);
  return { format, metadataName, metadata, root, fingerprint: fingerprintOfBytes(metadata, root) };
}

/** Creates the image, publishes its first version and waits until its content is listed. */
export async function publishImage(
  served: ServedImages,
  name: string,
  version: string,
  ...roots: readonly PreparedImage[]
): Promise<void> {
  await served.publisher.createImage(name);
  await publishVersion(served, name, version, ...roots);
}

/** Publishes one more version of an image and waits until its content is listed. */
export async function publishVersion(
  served: ServedImages,
  name: string,
  version: string,
  ...roots: readonly PreparedImage[]
): Promise<void> {
  await draftVersion(served, name, version, ...roots);
  await served.publisher.publish(name, version);
  for (const { fingerprint } of roots) await served.waitUntilServed(fingerprint);
}

/** Uploads and declares a version and leaves it a draft. */
export async function draftVersion(
  { publisher }: Pick<ServedImages, 'publisher'>,
  name: string,
  version: string,
  ...roots: readonly PreparedImage[]
): Promise<void> {
  await publisher.createVersion(name, version);
  for (const { root, metadataName, metadata, ...declared } of roots) {
    const blob = await publisher.uploadFile(root);
    const artifact = await publisher.addArtifact(name, version, { ...declared, blob });
    const metadataBlob = await publisher.uploadFile(metadata);
    await publisher.addAttachment(name, version, artifact.id, { name: metadataName, blob: metadataBlob });
  }
}

/**
 * The file with bytes of its own after its end: readers of disks and file systems stop where the headers say, those of xz
 * pass over zeros, four at a time.
 */
async function withOwnTail(file: string): Promise<Buffer> {
  const tail = file.endsWith('.xz')
    ? Buffer.alloc(4 * randomInt(1, 2 ** 18))
    : Buffer.from(randomUUID().padEnd(4096, '.'));
  return Buffer.concat([await readFile(file), tail]);
}
