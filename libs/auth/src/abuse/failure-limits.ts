import { createHash } from 'node:crypto';
import { TooManyFailuresError } from '../auth.errors.js';
import { BoundedMap } from './bounded-map.js';
import { sourceNetwork } from './source-network.js';

const MINUTE_MS = 60_000;
/** Keys that are remembered; the one that was quiet for longest is forgotten first. */
const MOST_KEYS = 10_000;
/** How long a credential that was accepted is not held back by the failures of others. */
const TRUSTED_FOR_MS = 10 * MINUTE_MS;

/** What presents itself, as far as it can be told apart before it is verified. */
export interface Attempt {
  readonly credential: string;
  /** The address it comes from, if that is known. */
  readonly source?: string | undefined;
  /** The public id inside of an API token. */
  readonly tokenId?: string | undefined;
}

/** Failures that may still happen, refilled evenly. */
interface Allowance {
  left: number;
  updatedAtMs: number;
  /** True once somebody was turned away, until there is an allowance again. */
  isReported: boolean;
}

/**
 * Makes who fails to authenticate again and again wait, by source and by token id, before anything is asked of the
 * database or of an issuer. A credential that this process accepted lately is never held back, so that a bad neighbour
 * behind the same address does no harm. Memory is bounded; a restart forgets everything.
 */
export class FailureLimits {
  private readonly allowances = new BoundedMap<string, Allowance>(MOST_KEYS);
  private readonly trustedUntilMs = new BoundedMap<string, number>(MOST_KEYS);

  /** `perMinute`: failures of one source or token id in a minute, also at once; 0 is no limit. */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Throws TooManyFailuresError when the attempt has to wait. */
  admit(attempt: Attempt): void {
    if (this.perMinute === 0 || this.isTrusted(attempt.credential)) {
      return;
    }
    const exhausted = keysOf(attempt)
      .map((key) => this.allowanceOf(key))
      .filter(({ left }) => left < 1);
    if (exhausted.length > 0) {
      const least = Math.min(...exhausted.map(({ left }) => left));
      const isFirst = exhausted.some(({ isReported }) => !isReported);
      exhausted.forEach((allowance) => (allowance.isReported = true));
      throw new TooManyFailuresError(Math.ceil(((1 - least) * 60) / this.perMinute), isFirst);
    }
  }

  failed(attempt: Attempt): void {
    if (this.perMinute > 0) {
      for (const key of keysOf(attempt)) {
        this.allowanceOf(key).left -= 1;
      }
      this.trustedUntilMs.delete(fingerprint(attempt.credential));
    }
  }

  accepted({ credential }: Attempt): void {
    if (this.perMinute > 0) {
      this.trustedUntilMs.set(fingerprint(credential), this.now() + TRUSTED_FOR_MS);
    }
  }

  private isTrusted(credential: string): boolean {
    return (this.trustedUntilMs.get(fingerprint(credential)) ?? 0) > this.now();
  }

  private allowanceOf(key: string): Allowance {
    const nowMs = this.now();
    const known = this.allowances.get(key) ?? { left: this.perMinute, updatedAtMs: nowMs, isReported: false };
    const refill = (Math.max(0, nowMs - known.updatedAtMs) * this.perMinute) / MINUTE_MS;
    known.left = Math.min(this.perMinute, known.left + refill);
    known.updatedAtMs = nowMs;
    known.isReported &&= known.left < 1;
    this.allowances.set(key, known);
    return known;
  }
}

function keysOf({ source, tokenId }: Attempt): readonly string[] {
  return [
    ...(source === undefined ? [] : [`source ${sourceNetwork(source)}`]),
    ...(tokenId === undefined ? [] : [`token ${tokenId}`]),
  ];
}

/** No credential is kept in memory for longer than its request. */
function fingerprint(credential: string): string {
  return createHash('sha256').update(credential).digest('base64');
}
