import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { PartDigestMismatchError } from './upload.errors.js';

/** A digest that the client sent along with a part, by Content-Digest (RFC 9530) or Content-MD5 (RFC 1864). */
export interface AnnouncedDigest {
  readonly algorithm: 'sha256' | 'md5';
  readonly value: Buffer;
}

/**
 * Hands `body` to `store` and checks it against the announced digests on its way. A mismatch fails the stream
 * before its end, so that the store never accepts the part, and rejects with PartDigestMismatchError.
 */
export async function verifyAnnounced<T>(
  announced: readonly AnnouncedDigest[],
  body: Readable,
  store: (body: Readable) => Promise<T>,
): Promise<T> {
  if (announced.length === 0) {
    return store(body);
  }
  const check = new DigestCheck(announced);
  body.once('error', (error) => check.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) {
      check.destroy(new Error('the body ended early'));
    }
  });
  check.once('close', () => body.destroy());
  try {
    return await store(body.pipe(check));
  } catch (error) {
    throw check.mismatch ?? error;
  }
}

class DigestCheck extends Transform {
  mismatch: PartDigestMismatchError | undefined;
  private readonly hashes: readonly { readonly hash: Hash; readonly expected: Buffer }[];
  private held: Buffer | undefined;

  constructor(announced: readonly AnnouncedDigest[]) {
    super();
    this.hashes = announced.map(({ algorithm, value }) => ({ hash: createHash(algorithm), expected: value }));
  }

  /** Keeps the newest chunk back: a store must not see the last byte of a part that turns out wrong. */
  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.hashes.forEach(({ hash }) => hash.update(chunk));
    const previous = this.held;
    this.held = chunk;
    callback(null, previous);
  }

  override _flush(callback: TransformCallback): void {
    const agree = this.hashes.every(({ hash, expected }) => {
      const actual = hash.digest();
      return actual.length === expected.length && timingSafeEqual(actual, expected);
    });
    if (agree) {
      callback(null, this.held);
    } else {
      this.mismatch = new PartDigestMismatchError('The part does not have the digest that was sent with it.');
      callback(this.mismatch);
    }
  }
}
