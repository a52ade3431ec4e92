import { createHash } from 'node:crypto';
import { generateToken, parseToken } from './token.codec.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Fixed, so that a change of the format cannot pass unseen: tokens in use must stay valid. */
const KNOWN = 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS';

describe('generateToken', () => {
  it('gives a token of the documented shape that parses back to its own fingerprint', () => {
    const { plaintext, publicId, secretSha256 } = generateToken('imgsrv_at_');
    expect(plaintext).toMatch(/^imgsrv_at_[0-9A-Za-z]{16}_[0-9A-Za-z]{36}$/);
    expect(parseToken('imgsrv_at_', plaintext)).toEqual({ publicId, secretSha256 });
  });

  it('keeps only the SHA-256 of the secret in the fingerprint', () => {
    const { plaintext, ...fingerprint } = generateToken('imgsrv_at_');
    const secret = plaintext.slice('imgsrv_at_'.length + 16 + 1, -6);
    expect(fingerprint.secretSha256).toEqual(createHash('sha256').update(secret).digest());
    expect(JSON.stringify(fingerprint)).not.toContain(secret);
  });
});

describe('parseToken', () => {
  it('accepts a token made by an earlier release', () => {
    expect(parseToken('imgsrv_at_', KNOWN)?.publicId).toBe('0123456789ABCDEF');
  });

  it('rejects every single wrong character at every position', () => {
    const { plaintext } = generateToken('imgsrv_at_');
    const accepted: string[] = [];
    for (let at = 0; at < plaintext.length; at++) {
      for (const character of `${ALPHABET}_-+ `) {
        const corrupted = plaintext.slice(0, at) + character + plaintext.slice(at + 1);
        if (corrupted !== plaintext && parseToken('imgsrv_at_', corrupted) !== undefined) {
          accepted.push(corrupted);
        }
      }
    }
    expect(accepted).toEqual([]);
  });

  it('rejects two neighbouring characters in the wrong order, and a missing one', () => {
    const { plaintext } = generateToken('imgsrv_at_');
    const accepted: string[] = [];
    for (let at = 0; at < plaintext.length - 1; at++) {
      const [first, second] = [plaintext.charAt(at), plaintext.charAt(at + 1)];
      const swapped = plaintext.slice(0, at) + second + first + plaintext.slice(at + 2);
      const shortened = plaintext.slice(0, at) + plaintext.slice(at + 1);
      accepted.push(
        ...[swapped, shortened].filter(
          (text) => text !== plaintext && parseToken('imgsrv_at_', text) !== undefined,
        ),
      );
    }
    expect(accepted).toEqual([]);
  });

  it.each([
    ['an empty text', ''],
    ['the prefix alone', 'imgsrv_at_'],
    ['a trailing line break', `${KNOWN}\n`],
    ['a leading space', ` ${KNOWN}`],
    ['another prefix', KNOWN.replace('imgsrv_at_', 'imgsrv_xx_')],
    ['an upper-case prefix', KNOWN.replace('imgsrv', 'IMGSRV')],
    ['two tokens', `${KNOWN}${KNOWN}`],
    ['a character more', `${KNOWN}0`],
    ['a digit outside ASCII', KNOWN.replace('0', '٠')],
    ['a NUL', KNOWN.replace('0', '\0')],
    ['a checksum above 32 bits', `${KNOWN.slice(0, -6)}zzzzzz`],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
    ['a megabyte', 'imgsrv_at_'.padEnd(1_000_000, 'a')],
  ])('rejects %s', (_what, text) => {
    expect(parseToken('imgsrv_at_', text)).toBeUndefined();
  });
});
