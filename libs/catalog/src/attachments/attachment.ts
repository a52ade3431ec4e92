import type { Digest } from '@imgsrv/cas';
import type { ArtifactId, AttachmentId, MediaType, Token, VersionName } from '../names/names.js';

/** A further file of an artifact, such as the metadata that Incus needs beside a disk. */
export interface Attachment {
  readonly id: AttachmentId;
  readonly artifactId: ArtifactId;
  readonly name: Token;
  readonly mediaType: MediaType;
  readonly blobDigest: Digest;
  readonly blobSizeBytes: number;
  /** Of a delta: the version of the same image whose artifact it makes this one of. */
  readonly baseVersion?: VersionName;
  /** Whether imgsrv has made it, of what its artifact says as `incus` or as `delta_from`. */
  readonly isGenerated: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a content-writer declares; the blob need not be there before the publish. */
export interface NewAttachment {
  readonly name: string;
  readonly mediaType: string;
  readonly blobDigest: string;
  readonly blobSizeBytes: number;
  /** Of a delta, see `DELTA_ATTACHMENTS`. */
  readonly baseVersion?: string;
}

export const MAX_ATTACHMENTS_PER_ARTIFACT = 50;
