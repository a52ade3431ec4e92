import { DependencyUnavailableError } from '@imgsrv/platform';
import { createLocalJWKSet, type CryptoKey, errors, type JWSHeaderParameters } from 'jose';
import { LRUCache } from 'lru-cache';
import type { PublishedKeys } from './issuer-documents.js';
import type { IssuerUrl } from './issuer-url.js';

export interface KeyCacheOptions {
  /** How long keys are used without asking again. */
  readonly maxAgeMs: number;
  /** How much longer they are used while the issuer cannot be read. */
  readonly maxStaleMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Least pause after a failed read, and between two reads because of key ids that nobody knows. */
const PAUSE_MS = 10_000;
const MOST_ISSUERS = 100;

/** `origins`: where the keys may be besides the origin of the issuer. */
type ReadKeys = (issuer: IssuerUrl, origins: readonly string[]) => Promise<PublishedKeys>;

/** A key, and the origin that it came from. */
export interface FoundKey {
  readonly key: CryptoKey;
  readonly origin: string;
}

/** The keys of issuers that rules trust, read when they are needed and kept for a bounded time. */
export class IssuerKeys {
  private readonly issuers: LRUCache<IssuerUrl, CachedKeys>;

  constructor(read: ReadKeys, options: KeyCacheOptions) {
    this.issuers = new LRUCache({
      max: MOST_ISSUERS,
      memoMethod: (issuer) => new CachedKeys((origins) => read(issuer, origins), options),
    });
  }

  /**
   * The key that a token names. Throws jose's errors when the issuer has no such key or more than one, and
   * DependencyUnavailableError when the issuer cannot be read and nothing recent enough is known.
   */
  async find(issuer: IssuerUrl, header: JWSHeaderParameters, origins: readonly string[]): Promise<FoundKey> {
    const keys = this.issuers.memo(issuer);
    await keys.refreshWhenOld(origins);
    try {
      return await keys.find(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        throw error;
      }
    }
    await keys.refreshForUnknownKey(origins);
    return keys.find(header);
  }
}

class CachedKeys {
  private keys: { readonly find: ReturnType<typeof createLocalJWKSet>; readonly origin: string } | undefined;
  private readAtMs = 0;
  private reading: Promise<void> | undefined;
  private failure: { readonly error: unknown; readonly retryAtMs: number } | undefined;
  private nextUnknownKeyAtMs = Number.NEGATIVE_INFINITY;
  private readonly now: () => number;

  constructor(
    private readonly read: (origins: readonly string[]) => Promise<PublishedKeys>,
    private readonly options: KeyCacheOptions,
  ) {
    this.now = options.now ?? (() => performance.now());
  }

  async find(header: JWSHeaderParameters): Promise<FoundKey> {
    if (this.keys === undefined) {
      throw unavailable(this.failure?.error);
    }
    const { find, origin } = this.keys;
    return { key: await find(header), origin };
  }

  async refreshWhenOld(origins: readonly string[]): Promise<void> {
    if (this.isYoungerThan(this.options.maxAgeMs)) {
      return;
    }
    try {
      await this.refreshUnlessFailing(origins);
    } catch (error) {
      if (!this.isYoungerThan(this.options.maxAgeMs + this.options.maxStaleMs)) {
        throw error;
      }
    }
  }

  /** Reads again, but not for every forged key id. Whether a new key exists is unknown while the issuer fails. */
  async refreshForUnknownKey(origins: readonly string[]): Promise<void> {
    if (this.reading === undefined && this.now() < this.nextUnknownKeyAtMs) {
      if (this.failure !== undefined) {
        throw unavailable(this.failure.error);
      }
      return;
    }
    this.nextUnknownKeyAtMs = this.now() + PAUSE_MS;
    await this.refreshUnlessFailing(origins);
  }

  private isYoungerThan(ageMs: number): boolean {
    return this.keys !== undefined && this.now() - this.readAtMs < ageMs;
  }

  private async refreshUnlessFailing(origins: readonly string[]): Promise<void> {
    if (this.failure !== undefined && this.now() < this.failure.retryAtMs) {
      throw unavailable(this.failure.error);
    }
    this.reading ??= this.refresh(origins).finally(() => {
      this.reading = undefined;
    });
    await this.reading;
  }

  private async refresh(origins: readonly string[]): Promise<void> {
    try {
      const { keys, origin } = await this.read(origins);
      this.keys = { find: createLocalJWKSet(keys), origin };
      this.readAtMs = this.now();
      this.failure = undefined;
    } catch (error) {
      this.failure = { error, retryAtMs: this.now() + PAUSE_MS };
      throw unavailable(error);
    }
  }
}

function unavailable(cause: unknown): DependencyUnavailableError {
  return new DependencyUnavailableError('issuer', { cause });
}
