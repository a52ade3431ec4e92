import { isStorableJson } from '@imgsrv/platform';
import type { JWTHeaderParameters } from 'jose';
import { parseStrictJson } from './strict-json.js';
import { TokenRefusedError } from './token-refused.error.js';

/** A token that nobody vouches for yet: its issuer is only what it claims. */
export interface UnverifiedToken {
  readonly text: string;
  readonly header: JWTHeaderParameters;
  readonly claimedIssuer: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const LARGEST_TOKEN_BYTES = 16 * 1024;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Signatures by a private key only: nothing that the public key, or nothing at all, could make (RFC 8725, 3.1). */
export const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Access tokens (RFC 9068) and the id tokens of CI systems; absent from the tokens of some issuers. */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

/** Ways in which a token could bring its own key. */
const KEY_MATERIAL: readonly string[] = ['jwk', 'jku', 'x5c', 'x5u'];

/** Says whether a credential is a JWT by its look, and thus never an API token. */
export function looksLikeJwt(credential: string): boolean {
  return COMPACT.test(credential);
}

/** Reads a token and refuses with TokenRefusedError what no issuer vouches for, before anything is looked up. */
export function readUnverifiedToken(text: string): UnverifiedToken {
  if (text.length > LARGEST_TOKEN_BYTES) {
    throw new TokenRefusedError('jwt-malformed', `it is larger than ${LARGEST_TOKEN_BYTES} bytes`);
  }
  if (!COMPACT.test(text)) {
    throw new TokenRefusedError('jwt-malformed', 'it is no signed JWT in compact form');
  }
  const [headerPart = '', payloadPart = ''] = text.split('.');
  const header = readPart(headerPart, 'header');
  requireKnownHeader(header);
  const payload = readPart(payloadPart, 'payload');
  if (typeof payload.iss !== 'string') {
    throw new TokenRefusedError('jwt-malformed', 'it names no issuer');
  }
  return { text, header: header as JWTHeaderParameters, claimedIssuer: payload.iss, payload };
}

function readPart(part: string, name: string): Record<string, unknown> {
  const value = parsePart(part, name);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenRefusedError('jwt-malformed', `its ${name} is no JSON object`);
  }
  // Its issuer, subject and id reach statements, the audit log and the log before or after anybody vouches for them.
  if (!isStorableJson(value)) {
    throw new TokenRefusedError('jwt-malformed', `its ${name} has a NUL or half a surrogate pair`);
  }
  return { ...value };
}

function parsePart(part: string, name: string): unknown {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')));
  } catch (error) {
    throw new TokenRefusedError('jwt-malformed', `its ${name} is no unambiguous JSON`, { cause: error });
  }
}

function requireKnownHeader(header: Readonly<Record<string, unknown>>): void {
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !ALGORITHMS.includes(alg)) {
    throw new TokenRefusedError('jwt-malformed', 'its algorithm is not an accepted asymmetric one');
  }
  if (typeof kid !== 'string' || kid === '') {
    throw new TokenRefusedError('jwt-malformed', 'it names no key (kid)');
  }
  if (!TYPES.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) {
    throw new TokenRefusedError('jwt-malformed', 'it is of another type (typ)');
  }
  if ('crit' in header) {
    throw new TokenRefusedError('jwt-malformed', 'it demands extensions (crit)');
  }
  const own = KEY_MATERIAL.find((name) => name in header);
  if (own !== undefined) {
    throw new TokenRefusedError('jwt-malformed', `it brings its own key (${own})`);
  }
}
