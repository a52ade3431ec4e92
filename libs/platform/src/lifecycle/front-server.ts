import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { networkMatcher } from '../network/networks.js';
import { SourceShares } from '../network/source-shares.js';
import { type RawProblem, rawProblem } from './raw-problem.js';
import type { Refuse } from './refuse.js';

const FIRST_BYTE_TIMEOUT_MS = 10_000;
const TLS_HANDSHAKE_RECORD = 0x16;

/** What one source, and all of them, may hold of a listener. */
export interface ConnectionLimits {
  /** Connections of one source at once; 0 is no limit. */
  readonly perSource: number;
  /** Addresses and networks whose connections are those of many, and are not counted. */
  readonly exempt: readonly string[];
  /** How many file descriptors the process may have. Connections leave a quarter of them free; undefined is no limit. */
  readonly descriptors?: number | undefined;
}

/** Why a connection is turned away. */
export type ConnectionLimit = 'connections_per_source' | 'descriptors';

/** Hears of every connection that a listener accepts or turns away. */
export interface ConnectionObserver {
  opened(): void;
  closed(): void;
  refused(limit: ConnectionLimit): void;
}

export interface FrontOptions {
  readonly refuse: Refuse;
  readonly isTls: boolean;
  readonly limits?: ConnectionLimits;
  readonly observer?: ConnectionObserver;
}

/** Of the descriptors, for what requests open while they are served: the store, Postgres, issuers, files. */
const SHARE_FOR_REQUESTS = 1 / 4;

const REFUSALS: Readonly<
  Record<ConnectionLimit, { readonly problem: () => RawProblem; readonly reason: string }>
> = {
  connections_per_source: {
    problem: () => rawProblem(429, 'Your address holds as many connections as one may; close some of them.'),
    reason: 'too many connections of one source',
  },
  descriptors: {
    problem: () => rawProblem(503, 'The system below the service is out of file descriptors.'),
    reason: 'nearly out of file descriptors',
  },
};

/**
 * Accepts the connections of `http`, which itself never listens: those beyond the share of a source, and those for which
 * hardly any file descriptor is left, are turned away before anything is read of them, and on a TLS port what is no
 * handshake gets a quick 400.
 */
export function createFront(http: HttpServer, options: FrontOptions): Server {
  const isExempt = networkMatcher(options.limits?.exempt ?? []);
  const shares = new SourceShares(options.limits?.perSource ?? 0);
  const lowestReserved = Math.ceil((options.limits?.descriptors ?? Infinity) * (1 - SHARE_FOR_REQUESTS));
  // Node starts its header time-out and idle tracking on this event.
  http.emit('listening');
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (descriptorOf(socket) >= lowestReserved) {
      turnAway(socket, 'descriptors', options);
      return;
    }
    const address = socket.remoteAddress ?? '';
    const giveBack = isExempt(address) ? () => undefined : shares.take(address);
    if (giveBack === undefined) {
      turnAway(socket, 'connections_per_source', options);
      return;
    }
    options.observer?.opened();
    socket.once('close', () => {
      giveBack();
      options.observer?.closed();
    });
    if (options.isTls) {
      expectHandshake(socket, http, options.refuse);
    } else {
      http.emit('connection', socket);
    }
  });
}

/**
 * The number of its file descriptor: the system gives the lowest that is free, so at least as many are in use. Node has no
 * public name for it; 0 where it has none at all.
 */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? 0;
}

function turnAway(socket: Socket, limit: ConnectionLimit, { isTls, observer, refuse }: FrontOptions): void {
  observer?.refused(limit);
  if (isTls) {
    // Before the handshake there is nobody to tell.
    socket.destroy();
    return;
  }
  const { problem, reason } = REFUSALS[limit];
  // Read away what comes: closing over it could lose the answer on its way.
  socket.on('error', () => socket.destroy()).resume();
  refuse(socket, problem(), reason);
}

/** Looks at the first byte of a connection: a TLS handshake goes on as https, anything else gets a 400. */
function expectHandshake(socket: Socket, https: HttpServer, refuse: Refuse): void {
  const destroy = (): void => {
    socket.destroy();
  };
  socket.on('error', destroy).once('end', destroy);
  socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, destroy);
  socket.once('data', (first: Buffer) => {
    socket.setTimeout(0);
    socket.off('timeout', destroy).off('end', destroy);
    if (first[0] !== TLS_HANDSHAKE_RECORD) {
      refuse(socket, rawProblem(400, 'This port speaks https only.'), 'plain text on a TLS port');
      return;
    }
    socket.pause();
    socket.unshift(first);
    https.emit('connection', socket);
  });
}
