import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { rootCertificates } from 'node:tls';
import { tunnelTo } from '@imgsrv/platform';
import { publicLookup, requirePublicLiteral, requirePublicWhereKnown } from './allowed-address.js';
import { isAllowedScheme, type IssuerExceptions } from './issuer-url.js';

export interface IssuerFetchOptions extends IssuerExceptions {
  /** PEM certificates that are trusted besides the public ones. */
  readonly extraCertificates?: string;
  /** Time for one whole exchange, from the name to the last byte; default 5 seconds. */
  readonly timeoutMs?: number;
}

/** What openid-client wants of a fetch, reduced to what reading an issuer needs. */
export type IssuerFetch = (url: string) => Promise<Response>;

/** The issuer did not answer as it must; the message is for whoever configures it. */
class IssuerFetchError extends Error {}

const TIMEOUT_MS = 5000;
/** Ten times the keys of the largest known issuers. */
const LARGEST_BODY_BYTES = 256 * 1024;

/**
 * Makes the only way to ask an issuer something: GET over https, to public addresses that are looked at when the
 * connection is made, without redirects, bounded in bytes and in time. The exceptions are what the operator named. Behind a
 * proxy of the environment it is the proxy that connects; then an address is looked at as far as it is known here.
 */
export function createIssuerFetch(options: IssuerFetchOptions): IssuerFetch {
  const ca =
    options.extraCertificates === undefined ? {} : { ca: [...rootCertificates, options.extraCertificates] };
  return async (address) => {
    const url = new URL(address);
    if (!isAllowedScheme(url, options)) {
      throw new IssuerFetchError('it does not use https');
    }
    const timeout = options.timeoutMs ?? TIMEOUT_MS;
    const signal = AbortSignal.timeout(timeout);
    const tunnel = tunnelTo(url, { timeout });
    try {
      const isPrivate = options.privateHosts.includes(url.hostname);
      const reach = isPrivate ? {} : await publicOnly(url, tunnel !== undefined);
      const agent = url.protocol === 'https:' ? tunnel?.https : tunnel?.http;
      const response = await get(url, { ...ca, ...reach, agent: agent ?? false, signal });
      return await toResponse(response);
    } catch (error) {
      throw signal.aborted ? new IssuerFetchError('it took too long to answer', { cause: error }) : error;
    }
  };
}

async function publicOnly({ hostname }: URL, isTunnelled: boolean): Promise<RequestOptions> {
  requirePublicLiteral(hostname);
  if (isTunnelled) {
    await requirePublicWhereKnown(hostname);
    return {};
  }
  return { lookup: publicLookup };
}

function get(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { accept: 'application/json, application/jwk-set+json', 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    request(url, { ...options, headers, minVersion: 'TLSv1.2' }, resolve)
      .once('error', reject)
      .end();
  });
}

async function toResponse(message: IncomingMessage): Promise<Response> {
  try {
    if (message.statusCode !== 200) {
      throw new IssuerFetchError(`it answered with status ${message.statusCode ?? 0}`);
    }
    const type = message.headers['content-type'];
    return new Response(await readBody(message), {
      headers: type === undefined ? {} : { 'content-type': type },
    });
  } finally {
    message.destroy();
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > LARGEST_BODY_BYTES) {
      throw new IssuerFetchError(`it answered with more than ${LARGEST_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
