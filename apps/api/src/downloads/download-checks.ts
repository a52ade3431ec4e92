import { type Blob, type Digest, DigestCheck } from '@imgsrv/cas';
import { LRUCache } from 'lru-cache';

/** Up to this size a download costs so much besides its bytes that hashing them hardly shows. */
const ALWAYS_UP_TO_BYTES = 256 * 1024;
/** Hashing takes about as long as reading a file: of a large blob one download in this time is hashed. */
const TRUSTED_MS = 3_600_000;
const MOST_TRUSTED = 10_000;

/** Which downloads of whole blobs this process hashes as it sends them. */
export class DownloadChecks {
  private readonly trusted = new LRUCache<Digest, true>({ max: MOST_TRUSTED, ttl: TRUSTED_MS });

  /** What the bytes have to pass, to be followed by `end`; undefined when this download is not hashed. */
  begin(blob: Blob): DigestCheck | undefined {
    if (blob.sizeBytes > ALWAYS_UP_TO_BYTES) {
      if (this.trusted.has(blob.digest)) {
        return undefined;
      }
      // Those that come meanwhile are not hashed as well.
      this.trusted.set(blob.digest, true);
    }
    return new DigestCheck(blob);
  }

  /** A download that was not sent to its end says nothing: the next one is hashed. */
  end({ digest }: Blob, isSound: boolean): void {
    if (!isSound) {
      this.trusted.delete(digest);
    }
  }
}
