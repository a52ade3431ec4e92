import { InvalidIssuerError } from '../oidc.errors.js';

/** An issuer identifier exactly as written: compared as text, never normalised (OpenID Connect Core, 3.1.3.7). */
export type IssuerUrl = string & { readonly __brand: 'IssuerUrl' };

/** Exceptions from "https on public addresses", by host name in lower case. */
export interface IssuerExceptions {
  /** Hosts that may be asked over plain http. */
  readonly httpHosts: readonly string[];
  /** Hosts that may have a private, loopback or otherwise not public address. */
  readonly privateHosts: readonly string[];
}

export const LONGEST_ISSUER_URL = 512;

/** Throws InvalidIssuerError unless `text` may be an issuer here: absolute https, without query, fragment, user. */
export function parseIssuerUrl(text: string, exceptions: IssuerExceptions): IssuerUrl {
  if (text.length > LONGEST_ISSUER_URL || !/^https?:\/\/[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) {
    throw new InvalidIssuerError(`must be an absolute https URL of at most ${LONGEST_ISSUER_URL} characters`);
  }
  const url = new URL(text);
  if (/[?#]/.test(text) || url.username !== '' || url.password !== '') {
    throw new InvalidIssuerError('must be a URL without query, fragment or credentials');
  }
  if (!isAllowedScheme(url, exceptions)) {
    throw new InvalidIssuerError('must use https');
  }
  return issuerUrl(text);
}

/** Throws InvalidIssuerError unless `text` is exactly an origin that may be asked for keys: `https://keys.example`. */
export function requireOrigin(text: string, exceptions: IssuerExceptions): void {
  if (!URL.canParse(text) || new URL(text).origin !== text || !isAllowedScheme(new URL(text), exceptions)) {
    throw new InvalidIssuerError('has jwks_origins that are not origins such as https://keys.example');
  }
}

/** Says whether the URL is https, or http to a host that is allowed to. */
export function isAllowedScheme(url: URL, { httpHosts }: IssuerExceptions): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && httpHosts.includes(url.hostname));
}

/** Brands an issuer from a row or from a token that a rule was found for. */
export function issuerUrl(stored: string): IssuerUrl {
  return stored as IssuerUrl;
}
