import { type IncomingHttpHeaders, request } from 'node:http';
import { PublisherClient } from '../fixtures/publisher-client.js';
import type { RunningService } from '../support/service.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body of a JSON answer, else its text. */
  readonly body: Record<string, unknown>;
  readonly bytes: Buffer;
}

export interface Call {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls one service over the wire. Paths go out byte for byte, not as a URL library would clean them. */
export class CatalogClient {
  constructor(
    private readonly baseUrl: string,
    private readonly token?: string,
  ) {}

  /** The same caller at another replica. */
  at(baseUrl: string): CatalogClient {
    return new CatalogClient(baseUrl, this.token);
  }

  async send(method: string, path: string, call: Call = {}): Promise<Answer> {
    const body = call.json === undefined ? call.text : JSON.stringify(call.json);
    const { hostname, port } = new URL(this.baseUrl);
    return new Promise<Answer>((resolve, reject) => {
      const headers = {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      };
      const outgoing = request({ hostname, port, method, path, headers, agent: false }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: parseBody(bytes, incoming.headers),
            bytes,
          });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  post(path: string, json?: unknown): Promise<Answer> {
    return this.send('POST', path, { json });
  }

  put(path: string, json: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('PUT', path, { json, headers });
  }

  patch(path: string, json: unknown): Promise<Answer> {
    return this.send('PATCH', path, { json });
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }
}

export interface CatalogCallers {
  readonly anonymous: CatalogClient;
  readonly writer: CatalogClient;
  /** Known, but may not write. */
  readonly manager: CatalogClient;
  /** The same content-writer, for uploads. */
  readonly publisher: PublisherClient;
}

/** One caller of each sort. */
export async function enrollCallers(service: RunningService): Promise<CatalogCallers> {
  const { baseUrl, bootstrapToken } = service;
  const manager = new CatalogClient(baseUrl, bootstrapToken);
  const { body } = await manager.post('/v1/auth/principals', { kind: 'service', display_name: 'writer' });
  const principal = `/v1/auth/principals/${String(body.id)}`;
  await manager.send('PUT', `${principal}/roles/content-writer`);
  const issued = await manager.post(`${principal}/api-tokens`, {
    name: 'test',
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const token = String(issued.body.plaintext);
  return {
    anonymous: new CatalogClient(baseUrl),
    writer: new CatalogClient(baseUrl, token),
    manager,
    publisher: new PublisherClient({ baseUrl }, token),
  };
}

function parseBody(bytes: Buffer, headers: IncomingHttpHeaders): Record<string, unknown> {
  const isJson = /[/+]json\b/.test(headers['content-type'] ?? '');
  return isJson && bytes.length > 0 ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {};
}
