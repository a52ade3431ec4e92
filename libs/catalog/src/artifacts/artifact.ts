import type { Digest } from '@imgsrv/cas';
import type { Container } from '../formats/header/container.js';
import type { FormatName } from '../formats/image-formats.js';
import type { ArtifactId, MediaType, Token, VersionId } from '../names/names.js';
import type { ArtifactMetadata } from './artifact-metadata.js';

/** The bytes of a version for one variant, operating system and architecture, in one format. */
export interface Artifact {
  readonly id: ArtifactId;
  readonly versionId: VersionId;
  readonly variant: Token;
  readonly operatingSystem: Token;
  readonly architecture: Token;
  readonly format: FormatName;
  readonly primaryBlobDigest: Digest;
  readonly primaryBlobSizeBytes: number;
  readonly primaryMediaType: MediaType;
  readonly metadata: ArtifactMetadata;
  /** Of a published artifact, as long as its bytes are kept. */
  readonly detected?: DetectedContent;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What imgsrv found in the bytes of an artifact. */
export interface DetectedContent {
  /** Of what is inside of a compression; `raw` is a disk without a container. */
  readonly format: Exclude<Container, 'unknown'> | 'raw';
  readonly compression?: 'gzip' | 'xz';
  /** The size of the disk that a guest sees; absent where only decompressing all would tell. */
  readonly virtualSizeBytes?: number;
}

/** What a content-writer declares; the blob need not be there before the publish. */
export interface NewArtifact {
  readonly variant: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly format: FormatName;
  readonly primaryBlobDigest: string;
  readonly primaryBlobSizeBytes: number;
  readonly primaryMediaType: string;
  readonly metadata?: ArtifactMetadata;
}

/** The variant of an artifact that names none. */
export const DEFAULT_VARIANT = 'default';
export const MAX_ARTIFACTS_PER_VERSION = 500;
