import { parseDeclaredSize } from '../names/declared-size.js';
import { DIGEST, MEDIA_TYPE, TOKEN } from '../names/names.js';
import type { Attachment, NewAttachment } from './attachment.js';

/** An attachment as it was declared, of whichever artifact. */
export type AttachmentDeclaration = Omit<
  Attachment,
  'id' | 'artifactId' | 'isGenerated' | 'createdAt' | 'updatedAt'
>;

/** Throws InvalidNameError and InvalidSizeError. */
export function parseAttachment(attachment: NewAttachment): AttachmentDeclaration {
  return {
    name: TOKEN.parse(attachment.name),
    mediaType: MEDIA_TYPE.parse(attachment.mediaType),
    blobDigest: DIGEST.parse(attachment.blobDigest),
    blobSizeBytes: parseDeclaredSize(attachment.blobSizeBytes),
  };
}

/** What the record of changes tells of an attachment. */
export function describeAttachment({ name, blobDigest }: AttachmentDeclaration): Record<string, unknown> {
  return { name, blob_digest: blobDigest };
}
