import type { Digest } from '../digest.js';
import type { MultipartUploadId } from '../object-store/object-store.js';

export type UploadSessionId = string & { readonly __brand: 'UploadSessionId' };

export const UPLOAD_STATES = [
  'created',
  'uploading',
  'completed',
  'ingesting',
  'ready',
  'failed',
  'aborted',
] as const;

export type UploadState = (typeof UPLOAD_STATES)[number];

/** One attempt of a client to bring bytes of an announced digest and size. */
export interface UploadSession {
  readonly id: UploadSessionId;
  readonly expectedDigest: Digest;
  readonly expectedSizeBytes: number;
  readonly state: UploadState;
  readonly mediaTypeHint?: string;
  readonly filenameHint?: string;
  /** Why ingest refused the bytes. */
  readonly failure?: UploadFailure;
  readonly bytesReceived: number;
  readonly bytesVerified: number;
  readonly expiresAt: Date;
  /** The principal that uploads. */
  readonly createdBy: string;
  /** Where the bytes go; absent when the blob was there already. */
  readonly object?: UploadObject;
}

export const UPLOAD_FAILURE_CODES = [
  'digest-mismatch',
  'size-mismatch',
  'upload-lost',
  'ingest-failed',
] as const;

export interface UploadFailure {
  readonly code: (typeof UPLOAD_FAILURE_CODES)[number];
  readonly detail: string;
}

export interface UploadObject {
  readonly storageKey: string;
  /** Absent when the bytes come in one request. */
  readonly multipartUploadId?: MultipartUploadId;
}

export interface UploadPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** How long an upload stays open. */
export interface UploadTimes {
  /** From its begin, and again from each part that was taken. */
  readonly ttlMs: number;
  /** From its begin, however many parts come. An upload whose `ttlMs` is longer has that time once. */
  readonly maxAgeMs: number;
}

export interface NewUpload {
  readonly expectedDigest: Digest;
  readonly expectedSizeBytes: number;
  readonly mediaTypeHint?: string;
  readonly filenameHint?: string;
  /** The principal that uploads. */
  readonly createdBy: string;
}

/** The states in which parts are accepted. */
export function isOpen(state: UploadState): boolean {
  return state === 'created' || state === 'uploading';
}
