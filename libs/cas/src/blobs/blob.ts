import type { Digest } from '../digest.js';

/** Bytes that were verified once. They never change; what the store keeps of them may get damaged. */
export interface Blob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly storageKey: string;
  /** When the bytes that an upload brought were found right. */
  readonly verifiedAt: Date;
  /** When the stored bytes were read and judged last. */
  readonly checkedAt: Date;
  /** Present while nobody is given the bytes. */
  readonly damage?: BlobDamage;
}

/** `mismatch`: the stored bytes are not those of the digest. `lost`: the store does not have all of them. */
export type DamageKind = 'mismatch' | 'lost';

export interface BlobDamage {
  readonly kind: DamageKind;
  readonly foundAt: Date;
}

export const BLOB_STATES = ['available', 'damaged'] as const;

export type BlobState = (typeof BLOB_STATES)[number];

/** What the leading bytes say of the content; found at ingest and kept with the blob. */
export interface BlobInspection {
  readonly detectedFormat: string;
  /** For gzip data: the format of what it decompresses to. */
  readonly insideGzip?: string;
  readonly virtualSizeBytes?: number;
  /** Why the bytes are not acceptable as the format they show, for the publisher. */
  readonly refusal?: string;
}
