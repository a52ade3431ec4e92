import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { randomBase62, toBase62 } from './base62.js';

/** What every API token and every read link begins with, so that secret scanners and people recognise one. */
export type TokenPrefix = 'imgsrv_at_' | 'imgsrv_rl_';

const ID_LENGTH = 16;
const SECRET_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(
  `^(imgsrv_(?:at|rl)_)([0-9A-Za-z]{${ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

/** What the database knows of a token: enough to recognise it, not enough to make it. */
export interface TokenFingerprint {
  readonly publicId: string;
  readonly secretSha256: Buffer;
}

export interface GeneratedToken extends TokenFingerprint {
  /** The whole token. Whoever has it is its principal; it is never stored. */
  readonly plaintext: string;
}

/** A new token: `<prefix><16 base62 id>_<30 base62 secret><6 base62 CRC32>`. The secret has 178 bits. */
export function generateToken(prefix: TokenPrefix): GeneratedToken {
  const publicId = randomBase62(ID_LENGTH);
  const secret = randomBase62(SECRET_LENGTH);
  const body = `${prefix}${publicId}_${secret}`;
  return { plaintext: body + checksum(body), publicId, secretSha256: sha256(secret) };
}

/**
 * Reads a presented token, or answers undefined when its shape or its checksum is wrong: such a text was never
 * issued, so the database need not be asked. The CRC32 covers all that stands before it; it finds every single wrong
 * character and is no secret.
 */
export function parseToken(prefix: TokenPrefix, text: string): TokenFingerprint | undefined {
  const [, kind, publicId, secret, check] = SHAPE.exec(text) ?? [];
  if (kind !== prefix || publicId === undefined || secret === undefined || check === undefined) {
    return undefined;
  }
  return check === checksum(text.slice(0, -CHECKSUM_LENGTH))
    ? { publicId, secretSha256: sha256(secret) }
    : undefined;
}

function checksum(body: string): string {
  return toBase62(crc32(body), CHECKSUM_LENGTH);
}

function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret, 'ascii').digest();
}
