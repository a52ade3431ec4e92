import { validateHeaderName, validateHeaderValue } from 'node:http';
import { buildQueryString, HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { getPlainly } from './plain-get.js';

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];

export interface LargeReadWaits {
  readonly connectMs: number;
  readonly answerMs: number;
}

/**
 * Carries the SDK's GET requests over connections that are read in large pieces, as far as request and answer are
 * of the plain sort, over http and https. All else (errors, chunked answers) goes
 * through Node's own client. A GET may be repeated, so an answer that is not plain is simply asked for again.
 */
export class LargeReadHandler extends NodeHttpHandler {
  readonly #waits: LargeReadWaits;

  constructor(waits: LargeReadWaits, options: NodeHttpHandlerOptions) {
    super(options);
    this.#waits = waits;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const requestHead = plainRequestHead(request);
    if (requestHead !== undefined) {
      const answer = await getPlainly({
        host: request.hostname.replace(/^\[(.*)\]$/, '$1'),
        ...(request.protocol === 'https:'
          ? { port: request.port ?? 443, tls: {} }
          : { port: request.port ?? 80 }),
        requestHead,
        ...this.#waits,
        signal: options?.abortSignal as AbortSignal | undefined,
      });
      if (answer) {
        const { statusCode, headers } = answer.head;
        return { response: new HttpResponse({ statusCode, headers: { ...headers }, body: answer.body }) };
      }
    }
    return super.handle(request, options);
  }
}

/** The signed request as text, or undefined when it is not for us. */
function plainRequestHead({ method, protocol, path, query, headers }: Request): string | undefined {
  if (method !== 'GET' || !['http:', 'https:'].includes(protocol)) return undefined;
  const parameters = buildQueryString(query);
  const target = parameters === '' ? path : `${path}?${parameters}`;
  if (!/^\/[\x21-\x7e]*$/.test(target)) return undefined;
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return `${name}: ${value}\r\n`;
  });
  return `GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
