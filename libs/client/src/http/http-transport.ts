import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as requestOverHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { getProxyForUrl } from 'proxy-from-env';
import { connectionError, RedirectedError, UnreachableServerError } from './connection.errors.js';

export interface OutgoingRequest {
  readonly method: string;
  /** With its query, below the path of the base URL. */
  readonly path: string;
  /** With `expect: 100-continue` the body is sent when the server asks for it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Opened once for each try. */
  readonly body?: string | (() => Readable);
  readonly signal?: AbortSignal | undefined;
}

/** Nothing was heard or could be sent for this long: the other side is gone. */
const SILENCE_MS = 60_000;
/** How long the server is waited for to ask for a body that it may not need. */
const CONTINUE_MS = 1000;

/** Sends requests to one server over connections that are kept. Knows nothing of the API. */
export class HttpTransport {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly isTls: boolean;

  constructor(
    private readonly baseUrl: URL,
    /** PEM of authorities to trust besides the known ones. */
    certificateAuthority?: string,
  ) {
    this.isTls = baseUrl.protocol === 'https:';
    const proxy = getProxyForUrl(baseUrl.href);
    const tls = certificateAuthority === undefined ? {} : { ca: [...rootCertificates, certificateAuthority] };
    const options = { keepAlive: true, maxSockets: 64, ...tls };
    if (proxy === '') this.agent = this.isTls ? new HttpsAgent(options) : new HttpAgent(options);
    else
      this.agent = this.isTls
        ? new HttpsProxyAgent({ ...options, proxy })
        : new HttpProxyAgent({ ...options, proxy });
  }

  /** One try. Resolves with any answer but a redirect, as soon as its head is there. */
  async send({ method, path, headers, body, signal }: OutgoingRequest): Promise<IncomingMessage> {
    signal?.throwIfAborted();
    const open = this.isTls ? requestOverHttps : requestOverHttp;
    const outgoing = open(`${this.baseUrl.origin}${this.baseUrl.pathname.replace(/\/$/, '')}${path}`, {
      method,
      headers,
      agent: this.agent,
      timeout: SILENCE_MS,
      signal,
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.on('error', (error) => {
        reject(signal?.aborted === true ? abortReason(signal) : connectionError(this.baseUrl.origin, error));
      });
      outgoing.on('timeout', () => {
        outgoing.destroy(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' }));
      });
      if (typeof body === 'function')
        sendContent(body(), outgoing, reject, headers.expect === '100-continue');
      else outgoing.end(body);
    });
    return this.refuseRedirect(await answered);
  }

  /** Closes the connections; whatever is on its way breaks. */
  close(): void {
    this.agent.destroy();
  }

  private refuseRedirect(incoming: IncomingMessage): IncomingMessage {
    const { statusCode = 0, headers } = incoming;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      incoming.destroy();
      throw new RedirectedError(this.baseUrl.origin, headers.location);
    }
    return incoming;
  }
}

/** An answer that comes before all was sent is the answer: there is no use in sending the rest. */
function sendContent(
  content: Readable,
  outgoing: ClientRequest,
  reject: (error: unknown) => void,
  isAsked: boolean,
): void {
  content.on('error', (error) => {
    reject(error);
    outgoing.destroy();
  });
  outgoing.once('close', () => content.destroy());
  outgoing.once('response', (incoming: IncomingMessage) => {
    if (outgoing.writableFinished) return;
    content.unpipe(outgoing);
    content.destroy();
    incoming.once('close', () => outgoing.destroy());
  });
  if (!isAsked) {
    content.pipe(outgoing);
    return;
  }
  // A proxy may know nothing of the question (RFC 9110, 10.1.1).
  const patience = setTimeout(begin, CONTINUE_MS);
  outgoing.once('continue', begin).once('close', stop).once('response', stop);
  function begin(): void {
    stop();
    content.pipe(outgoing);
  }
  function stop(): void {
    clearTimeout(patience);
    outgoing.off('continue', begin);
  }
}

/** The rest of an answer. Rejects when the connection breaks before its end, or when it has more bytes than allowed. */
export async function readAll(incoming: IncomingMessage, origin: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes)
        throw new UnreachableServerError(origin, `it sends more than ${maxBytes} bytes`, false);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof UnreachableServerError ? error : connectionError(origin, error);
  }
  return Buffer.concat(chunks);
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
