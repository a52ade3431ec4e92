import { type Blob, BLOB_STATES } from '@imgsrv/cas';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { PageQuery } from '../http/page.js';

export class BlobListQuery extends PageQuery {
  /** Only blobs in this state. */
  @MayBeAbsent()
  @IsIn(BLOB_STATES)
  state?: 'available' | 'damaged';
}

export class BlobResponse {
  digest: string;
  size_bytes: number;
  /** Nobody is given the bytes of a `damaged` blob until an upload brings them again. */
  state: 'available' | 'damaged';
  /** For damaged blobs: the stored bytes are others (`mismatch`), or not all there (`lost`). */
  damage?: 'mismatch' | 'lost';
  damaged_at?: string;
  /** When an upload that brought the bytes was verified. */
  verified_at: string;
  /** When the stored bytes were read and judged last. */
  checked_at: string;
}

export class BlobListResponse {
  blobs: BlobResponse[];
}

export function toBlobResponse({ digest, sizeBytes, damage, verifiedAt, checkedAt }: Blob): BlobResponse {
  return {
    digest,
    size_bytes: sizeBytes,
    state: damage === undefined ? 'available' : 'damaged',
    ...(damage === undefined ? {} : { damage: damage.kind, damaged_at: damage.foundAt.toISOString() }),
    verified_at: verifiedAt.toISOString(),
    checked_at: checkedAt.toISOString(),
  };
}
