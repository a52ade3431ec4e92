import {
  type Artifact,
  DEFAULT_VARIANT,
  type DetectedContent,
  FORMAT_NAMES,
  type FormatName,
  type NewArtifact,
} from '@imgsrv/catalog';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import {
  ArtifactMetadataRequest,
  ArtifactMetadataResponse,
  toArtifactMetadata,
  toArtifactMetadataResponse,
} from './artifact-metadata.dto.js';
import { IsDigestText, IsMediaType, IsSizeBytes, IsToken } from './field-rules.js';

export class CreateArtifactRequest extends ArtifactMetadataRequest {
  /** @example "linux" */
  @IsToken()
  operating_system: string;

  /** @example "amd64" */
  @IsToken()
  architecture: string;

  /** @example "cloud" */
  @MayBeAbsent()
  @IsToken()
  variant?: string = DEFAULT_VARIANT;

  /** @example "qcow2" */
  @IsIn(FORMAT_NAMES)
  format: FormatName;

  /**
   * Need not be uploaded before the publish.
   * @example "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
   */
  @IsDigestText()
  primary_blob_digest: string;

  /** @example 0 */
  @IsSizeBytes()
  primary_blob_size_bytes: number;

  /** @example "application/x-qemu-disk" */
  @IsMediaType()
  primary_media_type: string;
}

export class DetectedResponse {
  /**
   * Of what is inside of a compression; `raw` is a disk without a container.
   * @example "qcow2"
   */
  format: string;
  /** @example "gzip" */
  compression?: 'gzip' | 'xz';
  /** The size of the disk that a guest sees. */
  virtual_size_bytes?: number;
}

export class ArtifactResponse extends ArtifactMetadataResponse {
  id: string;
  version_id: string;
  variant: string;
  operating_system: string;
  architecture: string;
  format: FormatName;
  primary_blob_digest: string;
  primary_blob_size_bytes: number;
  primary_media_type: string;
  /** What imgsrv found in the bytes: of published artifacts, as long as the bytes are kept. */
  detected?: DetectedResponse;
  created_at: string;
  updated_at: string;
}

export class ArtifactListResponse {
  artifacts: ArtifactResponse[];
}

export function toNewArtifact(body: CreateArtifactRequest): NewArtifact {
  return {
    variant: body.variant ?? DEFAULT_VARIANT,
    operatingSystem: body.operating_system,
    architecture: body.architecture,
    format: body.format,
    primaryBlobDigest: body.primary_blob_digest,
    primaryBlobSizeBytes: body.primary_blob_size_bytes,
    primaryMediaType: body.primary_media_type,
    metadata: toArtifactMetadata(body),
  };
}

export function toArtifactResponse(artifact: Artifact): ArtifactResponse {
  return {
    id: artifact.id,
    version_id: artifact.versionId,
    variant: artifact.variant,
    operating_system: artifact.operatingSystem,
    architecture: artifact.architecture,
    format: artifact.format,
    primary_blob_digest: artifact.primaryBlobDigest,
    primary_blob_size_bytes: artifact.primaryBlobSizeBytes,
    primary_media_type: artifact.primaryMediaType,
    ...toArtifactMetadataResponse(artifact.metadata),
    ...(artifact.detected === undefined ? {} : { detected: toDetectedResponse(artifact.detected) }),
    created_at: artifact.createdAt.toISOString(),
    updated_at: artifact.updatedAt.toISOString(),
  };
}

function toDetectedResponse({ format, compression, virtualSizeBytes }: DetectedContent): DetectedResponse {
  return {
    format,
    ...(compression === undefined ? {} : { compression }),
    ...(virtualSizeBytes === undefined ? {} : { virtual_size_bytes: virtualSizeBytes }),
  };
}
