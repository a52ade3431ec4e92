import { DependencyUnavailableError, isOutOfDescriptors } from '@imgsrv/platform';
import type { JSONWebKeySet } from 'jose';
import { allowInsecureRequests, customFetch, discovery, None } from 'openid-client';
import { IssuerMismatchError, IssuerUnreachableError } from '../oidc.errors.js';
import type { IssuerFetch } from './issuer-fetch.js';
import type { IssuerUrl } from './issuer-url.js';

const MOST_KEYS = 100;

/** Keys, and the origin that they are served by. */
export interface PublishedKeys {
  readonly keys: JSONWebKeySet;
  readonly origin: string;
}

/** What an issuer publishes about itself. Reading it twice gives what is published then; nothing is kept. */
export class IssuerDocuments {
  constructor(private readonly fetch: IssuerFetch) {}

  /**
   * Where the issuer's keys are: on its own origin or one of `origins`. Throws IssuerUnreachableError, or
   * IssuerMismatchError when the discovery document does not name exactly this issuer, or keys elsewhere.
   */
  async keysUrl(issuer: IssuerUrl, origins: readonly string[]): Promise<URL> {
    const metadata = await this.discover(issuer);
    // openid-client refuses another issuer too, but compares URLs: it takes one with another case, or a slash at the end.
    if (metadata.issuer !== issuer) {
      throw new IssuerMismatchError(
        'The discovery document must name exactly this issuer, also in case and with or without a slash at the end.',
      );
    }
    const { jwks_uri: keys } = metadata;
    if (keys === undefined || !URL.canParse(keys)) {
      throw new IssuerUnreachableError('its discovery document names no jwks_uri');
    }
    const url = new URL(keys);
    if (![new URL(issuer).origin, ...origins].includes(url.origin)) {
      throw new IssuerMismatchError(
        `The keys of the issuer (jwks_uri) are on ${url.origin}; if that is meant, name it in jwks_origins.`,
      );
    }
    return url;
  }

  /** The keys the issuer signs with now. Throws as `keysUrl` does. */
  async keys(issuer: IssuerUrl, origins: readonly string[]): Promise<PublishedKeys> {
    const url = await this.keysUrl(issuer, origins);
    const document: unknown = await reading(async () => (await this.fetch(url.href)).json());
    if (!isKeySet(document)) {
      throw new IssuerUnreachableError('its jwks_uri gives no key set');
    }
    if (document.keys.length > MOST_KEYS) {
      throw new IssuerUnreachableError(`it has more than ${MOST_KEYS} keys`);
    }
    return { keys: document, origin: url.origin };
  }

  private async discover(issuer: IssuerUrl): Promise<{ issuer: string; jwks_uri?: string }> {
    const url = new URL(issuer);
    const found = await reading(() =>
      discovery(url, 'imgsrv', undefined, None(), {
        [customFetch]: this.fetch,
        // Which hosts may be asked over http is decided by the fetch.
        execute: url.protocol === 'http:' ? [allowInsecureRequests] : [],
      }),
    );
    return found.serverMetadata();
  }
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isOutOfDescriptors(error)) {
      throw new DependencyUnavailableError('system', { cause: error, reason: 'out of file descriptors' });
    }
    throw new IssuerUnreachableError(reasonOf(error), { cause: error });
  }
}

/** The innermost message: openid-client wraps what the fetch said. */
function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) {
    innermost = innermost.cause;
  }
  return innermost instanceof Error && innermost.message !== '' ? innermost.message : 'it did not answer';
}

/** Jose would refuse the same later, but as if the token were wrong. */
function isKeySet(value: unknown): value is JSONWebKeySet {
  return (
    typeof value === 'object' &&
    value !== null &&
    'keys' in value &&
    Array.isArray(value.keys) &&
    value.keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key))
  );
}
