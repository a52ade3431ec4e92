import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import type { ListenAddress } from '../config/values.js';

const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the idle time-out of common load balancers (60 s), so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const FIRST_BYTE_TIMEOUT_MS = 10_000;
const TLS_HANDSHAKE_RECORD = 0x16;

export interface ListeningServer {
  /** `http://127.0.0.1:8080`; an unspecified host shows as localhost. */
  readonly url: string;
  /** Stops accepting, lets requests in flight end within `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

export interface ServerTls {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Serves `listener` over http, or over https with TLS 1.3 when `tls` is given; then plain http on the port gets a
 * quick 400. Requests may last as long as they like, only their headers may not. Rejects with the system's error
 * when the address cannot be bound.
 */
export async function listenHttp(
  listener: RequestListener,
  address: ListenAddress,
  tls?: ServerTls,
): Promise<ListeningServer> {
  const http = tls === undefined ? createServer() : secureServer(tls);
  configure(http, listener);
  const front = tls === undefined ? http : splitProtocols(http);
  const sockets = trackSockets(front);
  await bind(front, address);
  return {
    url: urlOf(front, address, tls === undefined ? 'http' : 'https'),
    close: (graceMs) => closeGracefully(front, http, sockets, graceMs),
  };
}

function secureServer(tls: ServerTls): HttpServer {
  return createTlsServer({
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    minVersion: 'TLSv1.3',
  });
}

function configure(http: HttpServer, listener: RequestListener): void {
  http.requestTimeout = 0;
  http.headersTimeout = HEADERS_TIMEOUT_MS;
  http.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  http.on('request', listener);
  // Expect: 100-continue is answered when the body is wanted, not before.
  http.on('checkContinue', listener);
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(
      rawProblem(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400, 'The request is not well-formed HTTP.'),
    );
  });
}

/** Looks at the first byte of a connection: a TLS handshake goes on as https, anything else gets a 400. */
function splitProtocols(https: HttpServer): NetServer {
  // Node starts its header time-out and idle tracking on this event; the https server itself never listens.
  https.emit('listening');
  return createNetServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      if (first[0] !== TLS_HANDSHAKE_RECORD) {
        socket.end(rawProblem(400, 'This port speaks https only.'));
        return;
      }
      socket.pause();
      socket.unshift(first);
      https.emit('connection', socket);
    });
  });
}

function rawProblem(status: 400 | 431, detail: string): string {
  const title = status === 400 ? 'Bad Request' : 'Request Header Fields Too Large';
  const instance = randomUUID();
  const body = JSON.stringify({
    type: 'urn:imgsrv:problem:invalid-request',
    title,
    status,
    detail,
    instance,
  });
  return [
    `HTTP/1.1 ${status} ${title}`,
    `X-Request-ID: ${instance}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function trackSockets(server: NetServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function bind(server: NetServer, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      { port: address.port, ...(address.host === undefined ? {} : { host: address.host }) },
      () => {
        server.off('error', reject);
        resolve();
      },
    );
  });
}

function urlOf(server: NetServer, address: ListenAddress, scheme: string): string {
  const { port } = server.address() as AddressInfo;
  const unspecified = address.host === undefined || address.host === '0.0.0.0' || address.host === '::';
  const host = unspecified ? 'localhost' : (address.host ?? '');
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function closeGracefully(
  front: NetServer,
  http: HttpServer,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise((resolve) => front.close(resolve));
  http.closeIdleConnections();
  const idle = setInterval(() => {
    http.closeIdleConnections();
  }, 100);
  const cut = setTimeout(() => {
    sockets.forEach((socket) => socket.destroy());
  }, graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
