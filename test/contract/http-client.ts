import { request as requestOverHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestOverHttps } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The parsed body of a JSON answer, else undefined. */
  readonly json: unknown;
}

export interface Call {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; text goes out as `application/json` unless the headers say otherwise. */
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Calls one service over the wire, each call on its own connection. Paths go out as they are, not tidied up. */
export class HttpClient {
  constructor(
    readonly baseUrl: string,
    readonly token?: string,
    private readonly ca?: string,
  ) {}

  async send(method: string, path: string, call: Call = {}): Promise<Answer> {
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    const { hostname, port, protocol } = new URL(this.baseUrl);
    const headers = {
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...call.headers,
    };
    const open = protocol === 'https:' ? requestOverHttps : requestOverHttp;
    return new Promise<Answer>((resolve, reject) => {
      const options = { hostname, port, method, path, headers, agent: false, ca: this.ca };
      const outgoing = open(options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          resolve(toAnswer(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks)));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
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
}

export function toAnswer(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Answer {
  const isEncoded = headers['content-encoding'] !== undefined;
  const isJson = !isEncoded && /^application\/(?:[a-z-]+\+)?json\b/.test(headers['content-type'] ?? '');
  return {
    status,
    headers,
    bytes,
    json: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined,
  };
}
