import type { Digest } from '../digest.js';

/** Verified bytes. They never change. */
export interface Blob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly storageKey: string;
  readonly verifiedAt: Date;
}

/** What the leading bytes say of the content; found at ingest and kept with the blob. */
export interface BlobInspection {
  readonly detectedFormat: string;
  /** For gzip data: the format of what it decompresses to. */
  readonly insideGzip?: string;
  readonly virtualSizeBytes?: number;
  /** Why the bytes are not acceptable as the format they show, for the publisher. */
  readonly refusal?: string;
}
