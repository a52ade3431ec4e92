import { randomUUID } from 'node:crypto';
import type { UploadedBlob } from '../fixtures/upload-source.js';
import type { ContractService } from './contract-service.js';
import { someBytes } from './upload-steps.js';

/** A published version of one raw artifact with two attachments, and a draft that refers to a blob of its own. */
export interface PublishedVersion {
  readonly image: string;
  readonly artifactBytes: Buffer;
  readonly attachmentBytes: Buffer;
  readonly artifact: UploadedBlob;
  readonly artifactPath: string;
  readonly attachmentPath: string;
  /** An attachment of no bytes. */
  readonly emptyPath: string;
  /** Verified, but only a draft refers to it. */
  readonly draftBlob: UploadedBlob;
  readonly draftArtifactPath: string;
  /** Verified, and nothing refers to it. */
  readonly looseBlob: UploadedBlob;
}

export async function publishVersion({
  publisher,
}: Pick<ContractService, 'publisher'>): Promise<PublishedVersion> {
  const image = `image-${randomUUID()}`;
  const [artifactBytes, attachmentBytes] = [someBytes(5000), someBytes(70)];
  // No magic number of another format, whatever the random bytes are.
  artifactBytes.write('plain', 0);
  await publisher.createImage(image);
  await publisher.createVersion(image, '1.0');
  const artifact = await publisher.uploadFile(artifactBytes);
  const { id } = await publisher.addArtifact(image, '1.0', {
    format: 'raw',
    blob: artifact,
    mediaType: 'application/x-raw-disk-image',
  });
  const attach = async (name: string, bytes: Buffer, mediaType: string): Promise<string> => {
    const blob = await publisher.uploadFile(bytes);
    const attachment = await publisher.addAttachment(image, '1.0', id, { name, blob, mediaType });
    return `${artifactPath}/attachments/${attachment.id}/download`;
  };
  const artifactPath = `/v1/images/${image}/versions/1.0/artifacts/${id}`;
  const attachmentPath = await attach('read-me.txt', attachmentBytes, 'text/html');
  const emptyPath = await attach('empty', Buffer.alloc(0), 'text/plain');
  await publisher.publish(image, '1.0');
  await publisher.createVersion(image, '2.0');
  const draftBlob = await publisher.uploadFile(someBytes());
  const draft = await publisher.addArtifact(image, '2.0', { format: 'raw', blob: draftBlob });
  return {
    image,
    artifactBytes,
    attachmentBytes,
    artifact,
    artifactPath: `${artifactPath}/download`,
    attachmentPath,
    emptyPath,
    draftBlob,
    draftArtifactPath: `/v1/images/${image}/versions/2.0/artifacts/${draft.id}/download`,
    looseBlob: await publisher.uploadFile(someBytes()),
  };
}
