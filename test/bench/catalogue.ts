import { randomBytes } from 'node:crypto';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import type { Subject } from './stage.js';

const ROOT_BYTES = 512;
const AT_ONCE = 8;

/** Publishes `count` images of one version with a unified set of files that Incus is shown, through the api. */
export async function publishImages(subject: Subject, count: number): Promise<void> {
  const metadata = await subject.publisher.uploadFile(readRealArchive('split'));
  let next = 0;
  const publishSome = async (): Promise<void> => {
    while (next < count) {
      const name = `image-${String(next).padStart(5, '0')}`;
      next += 1;
      await publishImage(subject, name, metadata);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, publishSome));
}

/** Makes an image with one published version and resolves when its publish job has succeeded. */
export async function publishImage(
  { publisher, client }: Subject,
  name: string,
  metadata: UploadedBlob,
): Promise<void> {
  await prepareImage({ publisher, client }, name, metadata);
  await publisher.publish(name, '1.0');
}

/** Makes an image with a draft that is ready to be published. */
export async function prepareImage(
  { publisher, client }: Pick<Subject, 'publisher' | 'client'>,
  name: string,
  metadata: UploadedBlob,
): Promise<void> {
  const root = someSquashfs();
  const blob = await describeSource(root);
  await client.uploadBytes(root, blob);
  await publisher.createImage(name, { display_name: name });
  await publisher.createVersion(name, '1.0');
  const { id } = await publisher.addArtifact(name, '1.0', { format: 'squashfs', blob });
  await publisher.addAttachment(name, '1.0', id, { name: 'incus.tar.xz', blob: metadata });
}

/** A superblock of squashfs 4.0 and noise behind it: all that is looked at. */
export function someSquashfs(): Buffer {
  const bytes = randomBytes(ROOT_BYTES);
  bytes.fill(0, 0, 96);
  bytes.write('hsqs', 0);
  bytes.writeUInt32LE(131_072, 12);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(17, 22);
  bytes.writeUInt16LE(4, 28);
  bytes.writeUInt16LE(0, 30);
  bytes.writeBigUInt64LE(BigInt(ROOT_BYTES), 40);
  return bytes;
}
