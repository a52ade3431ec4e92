import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AnswerOf,
  type CallOptions,
  type CallSettings,
  fillPath,
  type Method,
  type PathOf,
} from './api-call.js';
import { UnexpectedAnswerError } from './http/connection.errors.js';
import { HttpTransport, type OutgoingRequest, readAll } from './http/http-transport.js';
import { delayAfter, mayPass, readRetryAfter } from './http/retry-rules.js';
import { type Problem, ProblemError } from './problem.error.js';

export interface ClientOptions {
  /** `http:` or `https:`, with the path below which the API is, if any. */
  readonly baseUrl: string;
  /** Sent with every request; a function is asked before each one, and may keep what it knows. */
  readonly token?: string | ((signal?: AbortSignal) => Promise<string | undefined>);
  /** PEM of authorities to trust besides the known ones. */
  readonly certificateAuthority?: string;
  /** How long a request that may be repeated is, from its first failure on. Default 60 s; 0: never. */
  readonly patienceMs?: number;
  /** Told of each failure that is followed by another try. */
  readonly onRetry?: (error: Error, delayMs: number) => void;
  readonly userAgent?: string;
}

/** A request of any sort; `accept` says which answers are no failure. */
export interface RawRequest extends OutgoingRequest {
  readonly isRepeatable: boolean;
}

const DEFAULT_PATIENCE_MS = 60_000;
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_PROBLEM_BYTES = 64 * 1024;

/**
 * A caller of one server. Repeats what failed on its way if doing it twice does no harm, waits as long as the server asks for,
 * and rejects with `ProblemError` when the server refuses, with the errors of `connection.errors.ts` when it cannot be asked.
 */
export class ImgsrvClient {
  readonly baseUrl: URL;
  private readonly transport: HttpTransport;

  constructor(private readonly options: ClientOptions) {
    this.baseUrl = new URL(options.baseUrl);
    this.transport = new HttpTransport(this.baseUrl, options.certificateAuthority);
  }

  /** One operation of the API, such as `call('get', '/v1/images/{name}', { path: { name } })`. */
  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    options: CallOptions<M, P>,
  ): Promise<AnswerOf<M, P>> {
    return (await this.callWithHeaders(method, path, options)).body;
  }

  /** The same with the headers of the answer, such as its `ETag`. */
  async callWithHeaders<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    options: CallOptions<M, P>,
  ): Promise<{ readonly body: AnswerOf<M, P>; readonly headers: IncomingMessage['headers'] }> {
    const { body, query, ...rest } = options as CallSettings & {
      readonly path?: Readonly<Record<string, string>>;
      readonly query?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };
    const json = body === undefined ? undefined : JSON.stringify(body);
    const incoming = await this.send({
      method: method.toUpperCase(),
      path: fillPath(path, rest.path, query),
      headers: {
        accept: 'application/json',
        ...(json === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(json)) }),
        ...rest.headers,
      },
      ...(json === undefined ? {} : { body: json }),
      signal: rest.signal,
      isRepeatable: method !== 'post' || rest.isRepeatable === true,
    });
    const bytes = await readAll(incoming, this.baseUrl.origin, MAX_JSON_BYTES);
    // The document and its types are one; what the server sends is taken to be what it promises.
    return { body: this.parse(incoming, bytes) as AnswerOf<M, P>, headers: incoming.headers };
  }

  /** What a path answers to GET, whatever it is. */
  async json(path: string, signal?: AbortSignal): Promise<unknown> {
    const incoming = await this.send({
      method: 'GET',
      path,
      headers: { accept: 'application/json' },
      signal,
      isRepeatable: true,
    });
    return this.parse(incoming, await readAll(incoming, this.baseUrl.origin, MAX_JSON_BYTES));
  }

  /** Any request. Resolves with an answer below 300, whose body is the caller's to read or destroy. */
  async send(request: RawRequest): Promise<IncomingMessage> {
    let failures = 0;
    let failingSince = 0;
    for (;;) {
      try {
        return await this.try(request);
      } catch (error) {
        failures += 1;
        failingSince ||= performance.now();
        const patienceMs = this.options.patienceMs ?? DEFAULT_PATIENCE_MS;
        const delayMs = mayPass(error, request.isRepeatable)
          ? delayAfter(failures, error, Math.random())
          : undefined;
        if (delayMs === undefined || performance.now() - failingSince + delayMs > patienceMs) throw error;
        this.options.onRetry?.(error as Error, delayMs);
        await wait(delayMs, undefined, { signal: request.signal });
      }
    }
  }

  /** Closes its connections. */
  close(): void {
    this.transport.close();
  }

  private async try(request: RawRequest): Promise<IncomingMessage> {
    const { token } = this.options;
    const credential = typeof token === 'function' ? await token(request.signal) : token;
    const incoming = await this.transport.send({
      ...request,
      headers: {
        'user-agent': this.options.userAgent ?? 'imgsrv-client',
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
        ...request.headers,
      },
    });
    if ((incoming.statusCode ?? 0) < 300) return incoming;
    throw await this.refusal(incoming);
  }

  private async refusal(incoming: IncomingMessage): Promise<Error> {
    const { statusCode: status = 0, headers } = incoming;
    const bytes = await readAll(incoming, this.baseUrl.origin, MAX_PROBLEM_BYTES);
    const text = bytes.toString();
    if (headers['content-type']?.startsWith('application/problem+json') !== true) {
      return new UnexpectedAnswerError(
        status,
        `${this.baseUrl.origin} answered ${status}, not as imgsrv does: ${excerpt(text)}`,
      );
    }
    return new ProblemError(
      status,
      this.parse(incoming, bytes) as Problem,
      readRetryAfter(headers['retry-after'], Date.now()),
    );
  }

  private parse({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): unknown {
    if (bytes.length === 0) return undefined;
    const text = bytes.toString();
    try {
      if (/^application\/(?:problem\+)?json\b/.test(headers['content-type'] ?? ''))
        return JSON.parse(text) as unknown;
    } catch {
      // As below.
    }
    throw new UnexpectedAnswerError(
      statusCode,
      `${this.baseUrl.origin} answered something else than JSON. Is it imgsrv? ${excerpt(text)}`,
    );
  }
}

function excerpt(text: string): string {
  const readable = text.replaceAll(/<[^>]*>|[\p{C}\s]+/gu, ' ').trim();
  return readable.length > 120 ? `${readable.slice(0, 120)}…` : readable;
}
