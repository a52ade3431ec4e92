import type { Attachment, NewAttachment } from '@imgsrv/catalog';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsDigestText, IsMediaType, IsSizeBytes, IsToken, IsVersionName } from './field-rules.js';

export class CreateAttachmentRequest {
  /** @example "packages.txt" */
  @IsToken()
  name: string;

  /** @example "text/plain" */
  @IsMediaType()
  media_type: string;

  /**
   * Need not be uploaded before the publish.
   * @example "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
   */
  @IsDigestText()
  blob_digest: string;

  /** @example 0 */
  @IsSizeBytes()
  blob_size_bytes: number;

  /**
   * Of a delta (`squashfs.vcdiff`, `disk-kvm.img.vcdiff`), which has to have it: the version of this image whose artifact
   * it makes this one of, such as `12.1`. It has to be published when this version is.
   */
  @MayBeAbsent()
  @IsVersionName()
  base_version?: string;
}

export class AttachmentResponse {
  id: string;
  artifact_id: string;
  name: string;
  media_type: string;
  blob_digest: string;
  blob_size_bytes: number;
  /** The version that a delta is to be applied to. */
  base_version?: string;
  /** True when imgsrv has made it, of what the artifact says as `incus` or as `delta_from`. */
  generated?: boolean;
  created_at: string;
  updated_at: string;
}

export function toNewAttachment(body: CreateAttachmentRequest): NewAttachment {
  return {
    name: body.name,
    mediaType: body.media_type,
    blobDigest: body.blob_digest,
    blobSizeBytes: body.blob_size_bytes,
    ...(body.base_version === undefined ? {} : { baseVersion: body.base_version }),
  };
}

export function toAttachmentResponse(attachment: Attachment): AttachmentResponse {
  return {
    id: attachment.id,
    artifact_id: attachment.artifactId,
    name: attachment.name,
    media_type: attachment.mediaType,
    blob_digest: attachment.blobDigest,
    blob_size_bytes: attachment.blobSizeBytes,
    ...(attachment.baseVersion === undefined ? {} : { base_version: attachment.baseVersion }),
    ...(attachment.isGenerated ? { generated: true } : {}),
    created_at: attachment.createdAt.toISOString(),
    updated_at: attachment.updatedAt.toISOString(),
  };
}
