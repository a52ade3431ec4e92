import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

type Direction = 'up' | 'down';

/** A way to a service that counts what goes over it, and lets go no further once it was told to stop. */
export class CountingLink {
  /** Bytes from the clients, and to them. */
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  private readonly sockets = new Set<Socket>();
  private limit:
    { readonly direction: Direction; readonly at: number; readonly reached: () => void } | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(serviceUrl: string): Promise<CountingLink> {
    const { hostname, port } = new URL(serviceUrl);
    const server = createServer({ pauseOnConnect: false }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address() as { readonly port: number };
    const link = new CountingLink(server, `http://127.0.0.1:${address.port}`);
    server.on('connection', (client) => {
      link.join(client, connect({ host: hostname, port: Number(port) }));
    });
    return link;
  }

  /** Resolves when that many more bytes have passed in a direction. From then on nothing passes until `open`. */
  stopAfter(direction: Direction, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.limit = { direction, at: this.passed[direction] + bytes, reached: resolve };
    });
  }

  /** Breaks what was stopped, and lets everything pass again. */
  open(): void {
    this.limit = undefined;
    this.breakAll();
  }

  async close(): Promise<void> {
    this.breakAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket, service: Socket): void {
    for (const [from, to, direction] of [
      [client, service, 'up'],
      [service, client, 'down'],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.on('data', (bytes) => {
        this.pass(bytes, direction, from, to);
      });
    }
  }

  private pass(bytes: Buffer, direction: Direction, from: Socket, to: Socket): void {
    const { limit } = this;
    if (limit !== undefined && this.passed[limit.direction] >= limit.at) {
      from.pause();
      return;
    }
    this.passed[direction] += bytes.length;
    if (!to.write(bytes)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    if (limit?.direction === direction && this.passed[direction] >= limit.at) limit.reached();
  }

  private breakAll(): void {
    this.sockets.forEach((socket) => {
      socket.destroy();
    });
  }
}
