import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListenAddress } from '../config/values.js';
import { describeCauses } from '../errors/describe-causes.js';
import type { Logger } from '../logging/logger.js';
import { followFiles } from './follow-files.js';
import { type ConnectionLimits, type ConnectionObserver, createFront } from './front-server.js';
import { OpenConnections } from './open-connections.js';
import { PROTECTIVE_HEADERS, PROTECTIVE_TLS_HEADERS } from './protective-headers.js';
import { rawProblem, type RawProblem } from './raw-problem.js';
import { refuserFor, type Refuse } from './refuse.js';
import { findTargetFault } from './request-target.js';
import { type CertificateFiles, readCertificate } from './server-certificate.js';

const HEADERS_TIMEOUT_MS = 15_000;
/** How often Node looks for headers that are late; its default of 30 s would double the time-out. */
const HEADERS_CHECK_MS = 3_000;
/** The header of a request and its trailer, each: more than any token of an issuer needs. More is a 431. */
const LARGEST_HEADER_BYTES = 16 * 1024;
/** Where nothing else is set: health and metrics, which are asked often or not at all. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

export interface ListeningServer {
  /** `http://127.0.0.1:8080`; an unspecified host shows as localhost. */
  readonly url: string;
  /** Goes on accepting and serving, but every answer says `Connection: close`, so that clients go elsewhere. */
  drain(): void;
  /** Drains, stops accepting, closes idle connections, lets requests in flight end within `graceMs`, cuts the rest. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly logger: Logger;
  readonly tls?: CertificateFiles;
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs?: number;
  /** Default: no limits. */
  readonly limits?: ConnectionLimits;
  readonly observer?: ConnectionObserver;
  /** Hears of every answer that the listener did not give, by its status. */
  readonly onRefused?: (status: number) => void;
}

/**
 * Serves `listener` over http, or over https with TLS 1.2 and 1.3 when `tls` is given; then plain http on the port gets a
 * quick 400. Connections beyond the limits get 429, or are closed on a TLS port. The headers of a request must come within 15 s, else it ends with 408; requests as a whole may last as
 * long as they like, and how slowly a body may come is the listener's to say. Rejects with the system's error when
 * the address cannot be bound.
 */
export async function listenHttp(
  listener: RequestListener,
  address: ListenAddress,
  { logger, tls, keepAliveMs = KEEP_ALIVE_TIMEOUT_MS, onRefused, ...shares }: ListenOptions,
): Promise<ListeningServer> {
  const { http, release } = tls === undefined ? plainServer() : secureServer(tls, logger);
  const refuse = refuserFor(logger, onRefused ?? (() => undefined));
  configure(http, keepAliveMs, refuse);
  const front = createFront(http, { refuse, isTls: tls !== undefined, ...shares });
  const connections = new OpenConnections(front, http, tls !== undefined);
  const protection = protect(tls === undefined ? PROTECTIVE_HEADERS : PROTECTIVE_TLS_HEADERS);
  // Expect: 100-continue is answered when the body is wanted, not before.
  for (const event of ['request', 'checkContinue']) {
    http.on(event, connections.began).on(event, protection).on(event, routable(listener, refuse));
  }
  await bind(front, address);
  // Without a listener for it the process would end, although the next connection may well be accepted.
  front.on('error', (error) => {
    logger.warn({ reason: describeCauses(error) }, 'a connection could not be accepted');
  });
  return {
    url: urlOf(front, address, tls === undefined ? 'http' : 'https'),
    drain: () => {
      connections.drain();
    },
    close: (graceMs) => {
      release();
      return connections.close(graceMs);
    },
  };
}

const SERVER_OPTIONS = {
  connectionsCheckingInterval: HEADERS_CHECK_MS,
  maxHeaderSize: LARGEST_HEADER_BYTES,
  // It is asked for where the answer can be a problem document.
  requireHostHeader: false,
} as const;

/** Every answer begins with them; before any handler, so that none can forget one. */
function protect(headers: Readonly<Record<string, string>>): RequestListener {
  const fields = Object.entries(headers);
  return (_request, response) => {
    for (const [name, value] of fields) response.setHeader(name, value);
  };
}

interface OpenedServer {
  readonly http: HttpServer;
  /** Ends what it watches. */
  readonly release: () => void;
}

function plainServer(): OpenedServer {
  return { http: createServer(SERVER_OPTIONS), release: () => undefined };
}

function secureServer(files: CertificateFiles, logger: Logger): OpenedServer {
  const http = createTlsServer({ ...readCertificate(files), ...SERVER_OPTIONS });
  const release = followFiles(
    {
      files: [files.certFile, files.keyFile],
      what: 'the certificate',
      read: () => readCertificate(files),
      logger,
    },
    (options) => {
      http.setSecureContext(options);
    },
  );
  return { http, release };
}

/** Keeps from `listener` what nobody can say what it is for. */
function routable(listener: RequestListener, refuse: Refuse): RequestListener {
  return (request, response) => {
    const fault = findTargetFault(request);
    if (fault === undefined) {
      listener(request, response);
    } else {
      refuse(request.socket, rawProblem(400, fault), fault);
    }
  };
}

function configure(http: HttpServer, keepAliveMs: number, refuse: Refuse): void {
  // A client may say that it sends nothing more and wait for its answer. Node's types leave the property out.
  Object.assign(http, { httpAllowHalfOpen: true });
  http.requestTimeout = 0;
  http.headersTimeout = HEADERS_TIMEOUT_MS;
  http.keepAliveTimeout = keepAliveMs;
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    refuse(socket, problemOf(error.code), error.code ?? error.message);
  });
  http.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, rawProblem(400, 'This is no proxy: it connects to nobody.'), 'CONNECT');
  });
}

function problemOf(code: string | undefined): RawProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return rawProblem(431, 'The header of the request is too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return rawProblem(408, 'The header of the request did not arrive in time.');
    default:
      return rawProblem(400, 'The request is not well-formed HTTP.');
  }
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
