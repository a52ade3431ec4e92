import { DependencyUnavailableError } from '@imgsrv/platform';
import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
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

/** The keys of issuers that rules trust, read when they are needed and kept for a bounded time. */
export class IssuerKeys {
  private readonly issuers = new Map<IssuerUrl, CachedKeys>();

  constructor(
    private readonly read: (issuer: IssuerUrl) => Promise<JSONWebKeySet>,
    private readonly options: KeyCacheOptions,
  ) {}

  /**
   * The key that a token names. Throws jose's errors when the issuer has no such key or more than one, and
   * DependencyUnavailableError when the issuer cannot be read and nothing recent enough is known.
   */
  async find(issuer: IssuerUrl, header: JWSHeaderParameters): Promise<CryptoKey> {
    const keys = this.keysOf(issuer);
    await keys.refreshWhenOld();
    try {
      return await keys.find(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        throw error;
      }
    }
    await keys.refreshForUnknownKey();
    return keys.find(header);
  }

  private keysOf(issuer: IssuerUrl): CachedKeys {
    const known = this.issuers.get(issuer) ?? new CachedKeys(() => this.read(issuer), this.options);
    this.issuers.delete(issuer);
    this.issuers.set(issuer, known);
    const [oldest] = this.issuers.keys();
    if (this.issuers.size > MOST_ISSUERS && oldest !== undefined) {
      this.issuers.delete(oldest);
    }
    return known;
  }
}

class CachedKeys {
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private readAtMs = 0;
  private reading: Promise<void> | undefined;
  private failure: { readonly error: unknown; readonly retryAtMs: number } | undefined;
  private nextUnknownKeyAtMs = Number.NEGATIVE_INFINITY;
  private readonly now: () => number;

  constructor(
    private readonly read: () => Promise<JSONWebKeySet>,
    private readonly options: KeyCacheOptions,
  ) {
    this.now = options.now ?? (() => performance.now());
  }

  async find(header: JWSHeaderParameters): Promise<CryptoKey> {
    if (this.keys === undefined) {
      throw unavailable(this.failure?.error);
    }
    return this.keys(header);
  }

  async refreshWhenOld(): Promise<void> {
    if (this.isYoungerThan(this.options.maxAgeMs)) {
      return;
    }
    try {
      await this.refreshUnlessFailing();
    } catch (error) {
      if (!this.isYoungerThan(this.options.maxAgeMs + this.options.maxStaleMs)) {
        throw error;
      }
    }
  }

  /** Reads again, but not for every forged key id. Whether a new key exists is unknown while the issuer fails. */
  async refreshForUnknownKey(): Promise<void> {
    if (this.reading === undefined && this.now() < this.nextUnknownKeyAtMs) {
      if (this.failure !== undefined) {
        throw unavailable(this.failure.error);
      }
      return;
    }
    this.nextUnknownKeyAtMs = this.now() + PAUSE_MS;
    await this.refreshUnlessFailing();
  }

  private isYoungerThan(ageMs: number): boolean {
    return this.keys !== undefined && this.now() - this.readAtMs < ageMs;
  }

  private async refreshUnlessFailing(): Promise<void> {
    if (this.failure !== undefined && this.now() < this.failure.retryAtMs) {
      throw unavailable(this.failure.error);
    }
    this.reading ??= this.refresh().finally(() => {
      this.reading = undefined;
    });
    await this.reading;
  }

  private async refresh(): Promise<void> {
    try {
      this.keys = createLocalJWKSet(await this.read());
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
