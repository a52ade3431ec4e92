import { createHash } from 'node:crypto';
import { sourceNetwork } from '@imgsrv/platform';
import { LRUCache } from 'lru-cache';
import { TooManyFailuresError, UnauthenticatedError } from '../auth.errors.js';
import { NoMatchingRuleError } from '../oidc/oidc.errors.js';
import { NarrowLane } from './narrow-lane.js';

const MINUTE_MS = 60_000;
/** Keys that are remembered; the one that was quiet for longest is forgotten first. */
const MOST_KEYS = 10_000;
/** How long a credential that was accepted is not held back by the failures of others. */
const TRUSTED_FOR_MS = 10 * MINUTE_MS;

/** A well-formed credential, as far as it can be told apart before it is verified. */
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

interface Failure {
  readonly keys: readonly string[];
  readonly rememberedUntilMs: number;
}

/**
 * Limits what failed authentications cost, not who is let in (docs/adr/0017). Failures count by source and by token
 * id, those of genuine JWTs that no rule lets in by issuer and subject. Where too many happened, a credential that
 * failed itself is not looked at again, and others are verified a few at a time: a genuine one gets in, a wrong one
 * learns no more than that it has to wait. Memory is bounded; a restart forgets everything.
 */
export class FailureLimits {
  private readonly allowances = new LRUCache<string, Allowance>({ max: MOST_KEYS });
  private readonly trustedUntilMs = new LRUCache<string, number>({ max: MOST_KEYS });
  private readonly failures = new LRUCache<string, Failure>({ max: MOST_KEYS });
  private readonly lane = new NarrowLane();

  /** `perMinute`: failures of one source, token id or subject in a minute, also at once; 0 is no limit. */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Settles as `verify` does, or throws TooManyFailuresError, before or instead of what `verify` throws. */
  async guard<T>(attempt: Attempt, verify: () => Promise<T>): Promise<T> {
    if (this.perMinute === 0) {
      return verify();
    }
    const credential = fingerprint(attempt.credential);
    const keys = keysOf(attempt);
    const isHeld = this.isHeld(credential, keys);
    const source = attempt.source ?? '';
    if (isHeld && !this.lane.hasRoom(source)) {
      throw this.refusal(keys);
    }
    try {
      const verified = await (isHeld ? this.lane.run(source, verify) : verify());
      this.accepted(credential);
      return verified;
    } catch (error) {
      throw this.failed(credential, keys, isHeld, error);
    }
  }

  /** Throws TooManyFailuresError for a credential that failed lately, while what it counted for is exhausted. */
  private isHeld(credential: string, keys: readonly string[]): boolean {
    if ((this.trustedUntilMs.get(credential) ?? 0) > this.now()) {
      return false;
    }
    const failure = this.failures.get(credential);
    if (failure !== undefined && failure.rememberedUntilMs > this.now() && this.isExhausted(failure.keys)) {
      throw this.refusal(failure.keys);
    }
    return this.isExhausted(keys);
  }

  private accepted(credential: string): void {
    this.trustedUntilMs.set(credential, this.now() + TRUSTED_FOR_MS);
    this.failures.delete(credential);
  }

  /** What the caller is told of an error. Only a failure of the credential counts, not one of a dependency. */
  private failed(credential: string, own: readonly string[], isHeld: boolean, error: unknown): unknown {
    const isUnmatched = error instanceof NoMatchingRuleError;
    if (!isUnmatched && !(error instanceof UnauthenticatedError)) {
      return error;
    }
    const keys = isUnmatched ? [subjectKey(error)] : own;
    const isSpent = isUnmatched ? this.isExhausted(keys) : isHeld;
    keys.forEach((key) => (this.allowanceOf(key).left -= 1));
    this.failures.set(credential, { keys, rememberedUntilMs: this.now() + MINUTE_MS });
    this.trustedUntilMs.delete(credential);
    return isSpent ? this.refusal(keys, error) : error;
  }

  private isExhausted(keys: readonly string[]): boolean {
    return keys.some((key) => this.allowanceOf(key).left < 1);
  }

  private refusal(keys: readonly string[], cause?: Error): TooManyFailuresError {
    const exhausted = keys.map((key) => this.allowanceOf(key)).filter(({ left }) => left < 1);
    const least = Math.min(1, ...exhausted.map(({ left }) => left));
    const isFirst = exhausted.some(({ isReported }) => !isReported);
    exhausted.forEach((allowance) => (allowance.isReported = true));
    const retryAfterS = Math.max(1, Math.ceil(((1 - least) * 60) / this.perMinute));
    return new TooManyFailuresError(retryAfterS, isFirst, cause);
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

/** As a digest: a subject may be long. */
function subjectKey({ presented: { issuer, subject } }: NoMatchingRuleError): string {
  return `subject ${fingerprint(`${issuer} ${subject}`)}`;
}

/** No credential is kept in memory for longer than its request. */
function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
