import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Answer, toAnswer } from '../support/http-client.js';
import type { Tally } from './tally.js';

/** What there is to be asked for. */
export interface PlainTargets {
  readonly baseUrl: string;
  readonly token: string;
  /** A published version. */
  readonly image: string;
  readonly version: string;
  readonly digest: string;
}

interface PlainCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly expected: readonly number[];
}

/** Plain requests at an even pace, over connections that are kept alive; a client that repeats nothing. */
export class PlainLoad {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly pending = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private sent = 0;

  constructor(
    private readonly targets: PlainTargets,
    private readonly tally: Tally,
  ) {}

  start(perSecond: number): void {
    this.timer = setInterval(() => {
      const asked = this.ask().finally(() => this.pending.delete(asked));
      this.pending.add(asked);
    }, 1000 / perSecond);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    this.agent.destroy();
  }

  private async ask(): Promise<void> {
    const calls = this.calls();
    const call = calls[this.sent++ % calls.length];
    if (call === undefined) {
      return;
    }
    const beganAtMs = performance.now();
    try {
      const answer = await this.send(call);
      this.tally.durationsMs.push(performance.now() - beganAtMs);
      this.tally.take(`${call.method} ${call.path}`, answer, call.expected);
    } catch (error) {
      this.tally.fail(`${call.method} ${call.path}`, error);
    }
  }

  private calls(): readonly PlainCall[] {
    const { image, version, digest } = this.targets;
    const ok = { method: 'GET', expected: [200] };
    return [
      { ...ok, path: '/v1/images?limit=20' },
      { ...ok, path: '/v1/auth/whoami' },
      { ...ok, path: `/v1/images/${image}/refs/latest` },
      { ...ok, path: '/streams/v1/images.json' },
      { ...ok, path: `/v1/blobs/${digest}`, headers: { range: 'bytes=100-65635' }, expected: [206] },
      { ...ok, method: 'HEAD', path: `/v1/blobs/${digest}` },
      { method: 'GET', path: '/healthz', expected: [204] },
      { method: 'POST', path: '/v1/images', json: { name: `load-${randomUUID()}` }, expected: [201] },
      { method: 'PUT', path: `/v1/images/${image}/aliases/latest`, json: { version }, expected: [200] },
      { method: 'GET', path: '/v1/images/there-is-none', expected: [404] },
    ];
  }

  private send({ method, path, headers, json }: PlainCall): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const body = json === undefined ? undefined : JSON.stringify(json);
      const outgoing = request(this.targets.baseUrl + path, {
        method,
        agent: this.agent,
        headers: {
          authorization: `Bearer ${this.targets.token}`,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(body.length) }),
          ...headers,
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        buffer(incoming).then((bytes) => {
          resolve(toAnswer(incoming.statusCode ?? 0, incoming.headers, bytes));
        }, reject);
      });
      outgoing.end(body);
    });
  }
}
