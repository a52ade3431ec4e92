import { parseDeclaredSize } from '../names/declared-size.js';
import { requireBaseOfDelta } from '../deltas/delta-names.js';
import { DIGEST, MEDIA_TYPE, TOKEN, VERSION_NAME } from '../names/names.js';
import type { Attachment, NewAttachment } from './attachment.js';

/** An attachment as it was declared, of whichever artifact. */
export type AttachmentDeclaration = Omit<
  Attachment,
  'id' | 'artifactId' | 'isGenerated' | 'createdAt' | 'updatedAt'
>;

/** Throws InvalidNameError, InvalidSizeError and InvalidDeltaError. */
export function parseAttachment(attachment: NewAttachment): AttachmentDeclaration {
  requireBaseOfDelta(attachment);
  const { baseVersion } = attachment;
  return {
    name: TOKEN.parse(attachment.name),
    mediaType: MEDIA_TYPE.parse(attachment.mediaType),
    blobDigest: DIGEST.parse(attachment.blobDigest),
    blobSizeBytes: parseDeclaredSize(attachment.blobSizeBytes),
    ...(baseVersion === undefined ? {} : { baseVersion: VERSION_NAME.parse(baseVersion) }),
  };
}

/** What the record of changes tells of an attachment. */
export function describeAttachment({
  name,
  blobDigest,
  baseVersion,
}: AttachmentDeclaration): Record<string, unknown> {
  return {
    name,
    blob_digest: blobDigest,
    ...(baseVersion === undefined ? {} : { base_version: baseVersion }),
  };
}
