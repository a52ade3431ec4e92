import { basicPassword } from './basic-credential.js';

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The credential in the values of the Authorization headers of a request, by the grammar of RFC 6750, 2.1, or the password of
 * Basic; undefined unless there is exactly one header and all of it is one such credential.
 */
export function credentialOf(headers: readonly string[] | undefined): string | undefined {
  const [only, ...more] = headers ?? [];
  if (only === undefined || more.length > 0) {
    return undefined;
  }
  return BEARER.exec(only)?.[1] ?? BEARER.exec(`Bearer ${basicPassword(only) ?? ''}`)?.[1];
}
