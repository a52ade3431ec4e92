import { request as requestOverHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The parsed body of a JSON answer that is not compressed, else undefined. */
  readonly json: unknown;
  /** The members of that body; none when there is no JSON. */
  readonly members: Readonly<Record<string, unknown>>;
}

export interface Call {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; text goes out as `application/json` unless the headers say otherwise. */
  readonly body?: string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Calls one service over the wire, each call on its own connection. Paths go out as they are, not tidied up. */
export class HttpClient {
  constructor(
    readonly baseUrl: string,
    readonly token?: string,
    /** PEM of the authority that signed the service's certificate; only that one is trusted. */
    private readonly ca?: string,
  ) {}

  /** The same caller at another replica. */
  at(baseUrl: string): HttpClient {
    return new HttpClient(baseUrl, this.token, this.ca);
  }

  /** Resolves with any status; rejects when the connection breaks. */
  async send(method: string, path: string, call: Call = {}): Promise<Answer> {
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    const { hostname, port, protocol } = new URL(this.baseUrl);
    const headers = {
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...(body === undefined || body instanceof Readable
        ? {}
        : { 'content-length': String(Buffer.byteLength(body)) }),
      ...call.headers,
    };
    const open = protocol === 'https:' ? requestOverHttps : requestOverHttp;
    return new Promise<Answer>((resolve, reject) => {
      const options = { hostname, port, method, path, headers, agent: false, ca: this.ca };
      const outgoing = open(options, (incoming) => {
        buffer(incoming)
          .then((bytes) => toAnswer(incoming.statusCode ?? 0, incoming.headers, bytes))
          .then(resolve, reject);
      });
      outgoing.on('error', reject);
      if (body instanceof Readable) pipeline(body, outgoing).catch(reject);
      else outgoing.end(body);
    });
  }

  get(path: string, headers: Call['headers'] = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  head(path: string, headers: Call['headers'] = {}): Promise<Answer> {
    return this.send('HEAD', path, { headers });
  }

  post(path: string, json?: unknown): Promise<Answer> {
    return this.send('POST', path, { json });
  }

  put(path: string, json?: unknown, headers: Call['headers'] = {}): Promise<Answer> {
    return this.send('PUT', path, { json, headers });
  }

  patch(path: string, json: unknown): Promise<Answer> {
    return this.send('PATCH', path, { json });
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }
}

/** A GET by somebody without a token of an address. */
export function getUrl(url: string, headers: Call['headers'] = {}): Promise<Answer> {
  const { origin } = new URL(url);
  return new HttpClient(origin).get(url.slice(origin.length) || '/', headers);
}

export function toAnswer(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Answer {
  const isJson =
    /^application\/(?:[a-z-]+\+)?json\b/.test(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined;
  const json: unknown = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined;
  return { status, headers, bytes, json, members: (json ?? {}) as Record<string, unknown> };
}
