import type { Answer } from '../support/http-client.js';

/** What the clients of a run saw. */
export class Tally {
  answered = 0;
  /** When (performance.now) a 503 asked to come back later. */
  readonly unavailableAtMs: number[] = [];
  /** Whatever no client should ever see: broken connections, other 5xx, refusals. */
  readonly failures: string[] = [];
  /** Downloads that broke and went on with Range. */
  resumedDownloads = 0;
  /** Downloads that ended with all bytes, and the right ones. */
  finishedDownloads = 0;
  /** Parts that broke and were sent again. */
  resentParts = 0;
  readonly publishedVersions: string[] = [];
  readonly durationsMs: number[] = [];

  /** True when the answer is one of `expected`; every other one is counted as what it is. */
  take(call: string, answer: Answer, expected: readonly number[]): boolean {
    if (expected.includes(answer.status)) {
      this.answered += 1;
      return true;
    }
    if (isTemporary(answer)) {
      this.unavailableAtMs.push(performance.now());
    } else {
      this.fail(call, `${answer.status} ${answer.bytes.toString()}`);
    }
    return false;
  }

  fail(call: string, reason: unknown): void {
    const time = new Date().toISOString();
    this.failures.push(`${time} ${call}: ${reason instanceof Error ? reason.message : String(reason)}`);
  }

  /** The last moment at which somebody was asked to come back later. */
  get lastUnavailableAtMs(): number {
    return Math.max(...this.unavailableAtMs, 0);
  }

  get summary(): object {
    const sorted = this.durationsMs.toSorted((one, other) => one - other);
    const percentile = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
    return {
      answered: this.answered,
      unavailable: this.unavailableAtMs.length,
      failures: this.failures.length,
      finished_downloads: this.finishedDownloads,
      resumed_downloads: this.resumedDownloads,
      resent_parts: this.resentParts,
      published: this.publishedVersions.length,
      plain_p50_ms: percentile(0.5),
      plain_p99_ms: percentile(0.99),
      plain_max_ms: percentile(1),
    };
  }
}

function isTemporary({ status, headers, bytes, json }: Answer): boolean {
  return (
    status === 503 &&
    /^\d+$/.test(headers['retry-after'] ?? '') &&
    // An answer to HEAD has no body.
    (bytes.length === 0 || isUnavailableProblem(json))
  );
}

function isUnavailableProblem(json: unknown): boolean {
  return (
    typeof json === 'object' &&
    json !== null &&
    'type' in json &&
    json.type === 'urn:imgsrv:problem:dependency-unavailable'
  );
}
