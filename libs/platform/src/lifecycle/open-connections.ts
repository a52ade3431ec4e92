import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';

const SWEEP_MS = 100;
/** What a connection that was opened just before the end gets to bring its first request. */
const FIRST_REQUEST_MS = 1000;

/**
 * The connections of a server, so that it can go away without breaking what is under way. `front` accepts them,
 * `http` reads them; with TLS these are two.
 */
export class OpenConnections {
  private readonly sockets = new Set<Socket>();
  /** Connections that have not brought a request yet, and since when they are open. */
  private readonly unused = new Map<Socket, number>();
  private readonly answers = new Set<ServerResponse>();
  private draining = false;

  constructor(
    private readonly front: NetServer,
    private readonly http: HttpServer,
    isTls: boolean,
  ) {
    front.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    http.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.unused.set(socket, performance.now());
      socket.once('close', () => {
        this.unused.delete(socket);
        this.endUnsent(socket);
      });
    });
  }

  /** To be called with every request before anything else sees it. */
  readonly began = (request: IncomingMessage, response: ServerResponse): void => {
    this.unused.delete(request.socket);
    this.answers.add(response);
    response.once('close', () => this.answers.delete(response));
    if (this.draining) {
      announceClose(response);
    }
  };

  /** From now on every answer asks the client to close its connection and to go elsewhere. */
  drain(): void {
    this.draining = true;
    this.answers.forEach(announceClose);
  }

  /** Stops accepting, closes what is idle, lets answers under way end within `graceMs` and cuts the rest. */
  async close(graceMs: number): Promise<void> {
    this.drain();
    const closed = new Promise((resolve) => this.front.close(resolve));
    this.closeIdle();
    const sweep = setInterval(() => {
      this.closeIdle();
    }, SWEEP_MS);
    const cut = setTimeout(() => {
      this.sockets.forEach((socket) => socket.destroy());
    }, graceMs);
    await closed;
    // It never listened, but it looks for late headers until it is told not to.
    this.http.close();
    clearInterval(sweep);
    clearTimeout(cut);
  }

  /**
   * Node tells the answer that is being sent of the end of its connection, but none of those that wait behind it
   * (RFC 9112, 9.3.2): whatever they hold would be held for ever.
   */
  private endUnsent(socket: Socket): void {
    for (const response of this.answers) {
      if (response.req.socket === socket && response.socket === null) {
        response.destroy();
        response.emit('close');
      }
    }
  }

  private closeIdle(): void {
    this.http.closeIdleConnections();
    // For Node a connection without a request is not idle.
    const openedBeforeMs = performance.now() - FIRST_REQUEST_MS;
    for (const [socket, openedAtMs] of this.unused) {
      if (openedAtMs < openedBeforeMs) {
        socket.destroy();
      }
    }
  }
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader('Connection', 'close');
  }
}
