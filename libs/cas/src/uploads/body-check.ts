import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import type { ImgsrvError } from '@imgsrv/platform';
import { PartDigestMismatchError } from './upload.errors.js';

/** A digest that the client sent along with a part, by Content-Digest (RFC 9530) or Content-MD5 (RFC 1864). */
export interface AnnouncedDigest {
  readonly algorithm: 'sha256' | 'md5';
  readonly value: Buffer;
}

/** What a body must be like. */
export interface BodyRules {
  readonly announced: readonly AnnouncedDigest[];
  /** Why a body of so many bytes is not wanted; asked while it comes, for one whose size was not known before. */
  readonly refuseSize?: (sizeBytes: number) => ImgsrvError | undefined;
  /** Told of each chunk as it comes; may not keep it. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** What is wrong with bytes of another digest; PartDigestMismatchError when absent. */
  readonly mismatch?: () => ImgsrvError;
}

/**
 * Hands `body` to `store` and checks it on its way. What breaks a rule fails the stream before its end, so that the
 * store never accepts the part; this rejects with PartDigestMismatchError, or what `refuseSize` gave.
 */
export async function checkBody<T>(
  rules: BodyRules,
  body: Readable,
  store: (body: Readable) => Promise<T>,
): Promise<T> {
  if (rules.announced.length === 0 && rules.refuseSize === undefined) {
    return store(body);
  }
  const check = new BodyCheck(rules);
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
    throw check.refusal ?? error;
  }
}

class BodyCheck extends Transform {
  refusal: ImgsrvError | undefined;
  private readonly hashes: readonly { readonly hash: Hash; readonly expected: Buffer }[];
  private held: Buffer | undefined;
  private sizeBytes = 0;

  constructor(private readonly rules: BodyRules) {
    super();
    this.hashes = rules.announced.map(({ algorithm, value }) => ({
      hash: createHash(algorithm),
      expected: value,
    }));
  }

  /** Keeps the newest chunk back: a store must not see the last byte of a part that turns out wrong. */
  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.sizeBytes += chunk.length;
    this.refusal = this.rules.refuseSize?.(this.sizeBytes);
    if (this.refusal !== undefined) {
      callback(this.refusal);
      return;
    }
    this.rules.onChunk?.(chunk);
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
      this.refusal =
        this.rules.mismatch?.() ??
        new PartDigestMismatchError('The part does not have the digest that was sent with it.');
      callback(this.refusal);
    }
  }
}
