import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, type Call, HttpClient } from '../../support/http-client.js';

const PATIENCE_MS = 60_000;
const PAUSE_MS = 40;

/** What an answer may be: the first, and one after an answer that did not come (docs/publishers/recovery.md). */
export interface Expected {
  readonly first: readonly number[];
  readonly again?: readonly number[];
}

/** Repeats a call as its answers say, until one counts. */
export class RepeatingClient {
  constructor(
    private readonly baseUrl: () => string | undefined,
    private readonly token?: string,
  ) {}

  /** Rejects when an answer is none that is expected. */
  async call(method: string, path: string, expected: Expected, call: Call = {}): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let isRepeated = false; performance.now() < deadline; isRepeated = true) {
      const answer = await this.once(method, path, call);
      const accepted = [...expected.first, ...(isRepeated ? (expected.again ?? []) : [])];
      if (answer !== undefined && accepted.includes(answer.status)) {
        return answer;
      }
      if (answer !== undefined && answer.status !== 503) {
        throw new Error(
          `${method} ${path} answered ${answer.status}${isRepeated ? ' when it was repeated' : ''}: ${answer.bytes.toString('utf8', 0, 500)}`,
        );
      }
      await delay(PAUSE_MS);
    }
    throw new Error(`${method} ${path} had no answer for ${PATIENCE_MS} ms`);
  }

  /** Undefined when no answer came. */
  async once(method: string, path: string, call: Call = {}): Promise<Answer | undefined> {
    const url = this.baseUrl();
    return url === undefined
      ? undefined
      : new HttpClient(url, this.token).send(method, path, call).catch(() => undefined);
  }
}
