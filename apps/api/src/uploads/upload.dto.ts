import {
  advisedPartSizeBytes,
  DIGEST_PATTERN,
  LAST_PART_NUMBER,
  type NewUpload,
  parseDigest,
  type UploadPart,
  type UploadSession,
} from '@imgsrv/cas';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { MEDIA_TYPE } from '@imgsrv/catalog';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsReadableText } from '../http/readable-text.js';

const FILE_NAME = /^[^/\\]{1,255}$/u;

export class BeginUploadRequest {
  /** @example "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" */
  @IsString()
  @Matches(DIGEST_PATTERN, { message: 'expected_digest must be sha256: and 64 lower-case hex digits' })
  expected_digest: string;

  /** @example 0 */
  @IsInt()
  @Min(0)
  expected_size_bytes: number;

  /** @example "application/x-qemu-disk" */
  @MayBeAbsent()
  @IsString()
  @MaxLength(255)
  @Matches(MEDIA_TYPE.pattern, { message: 'media_type_hint must be a media type' })
  media_type_hint?: string;

  /** @example "debian-12-amd64.qcow2" */
  @MayBeAbsent()
  @IsReadableText({ min: 1, max: 255 })
  @Matches(FILE_NAME, { message: 'filename_hint must be a file name of 1 to 255 characters' })
  filename_hint?: string;
}

/** Verified bytes. */
export class UploadedBlobResponse {
  digest: string;
  size_bytes: number;
}

export class CompletedPartRequest {
  /** @example 1 */
  @IsInt()
  @Min(1)
  @Max(LAST_PART_NUMBER)
  number: number;

  /** @example "e3b0c44298fc1c149afbf4c8996fb924" */
  @IsString()
  @Length(1, 1024)
  etag: string;

  /** @example 0 */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  size_bytes: number;
}

export class CompleteUploadRequest {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(LAST_PART_NUMBER)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => CompletedPartRequest)
  parts: CompletedPartRequest[];
}

export class UploadFailureResponse {
  code: string;
  detail: string;
}

export class UploadSessionResponse {
  id: string;
  expected_digest: string;
  expected_size_bytes: number;
  state: 'created' | 'uploading' | 'completed' | 'ingesting' | 'ready' | 'failed' | 'aborted';
  /** Each part that is taken moves it, up to a bound. An open upload past it is `aborted`. */
  expires_at: string;
  media_type_hint?: string;
  filename_hint?: string;
  /** Why the bytes were refused. */
  failure?: UploadFailureResponse;
  bytes_received: number;
  bytes_verified: number;
  /** The part size the server advises. */
  part_size_bytes: number;
}

export class UploadPartResponse {
  upload_id: string;
  part_number: number;
  etag: string;
  size_bytes: number;
}

export class ListedPartResponse {
  part_number: number;
  etag: string;
  size_bytes: number;
}

export class UploadPartsResponse {
  parts: ListedPartResponse[];
}

export function toNewUpload(body: BeginUploadRequest, createdBy: string): NewUpload {
  return {
    expectedDigest: parseDigest(body.expected_digest),
    expectedSizeBytes: body.expected_size_bytes,
    ...(body.media_type_hint === undefined ? {} : { mediaTypeHint: body.media_type_hint }),
    ...(body.filename_hint === undefined ? {} : { filenameHint: body.filename_hint }),
    createdBy,
  };
}

export function toUploadSessionResponse(session: UploadSession): UploadSessionResponse {
  return {
    id: session.id,
    expected_digest: session.expectedDigest,
    expected_size_bytes: session.expectedSizeBytes,
    state: session.state,
    expires_at: session.expiresAt.toISOString(),
    ...(session.mediaTypeHint === undefined ? {} : { media_type_hint: session.mediaTypeHint }),
    ...(session.filenameHint === undefined ? {} : { filename_hint: session.filenameHint }),
    ...(session.failure === undefined ? {} : { failure: { ...session.failure } }),
    bytes_received: session.bytesReceived,
    bytes_verified: session.bytesVerified,
    part_size_bytes: advisedPartSizeBytes(session.expectedSizeBytes),
  };
}

export function toListedPartResponse(part: UploadPart): ListedPartResponse {
  return { part_number: part.partNumber, etag: part.etag, size_bytes: part.sizeBytes };
}
