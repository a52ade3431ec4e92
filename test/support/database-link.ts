import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a Postgres that a test can cut, or freeze: then bytes no longer arrive although nothing breaks. */
export class DatabaseLink {
  private readonly ends = new Set<Socket>();
  private frozen = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly port: number,
  ) {
    server.on('connection', (near) => {
      this.join(near);
    });
  }

  /** Opens a link to the database of `url`. With `port`, on that port: one that was closed can come back. */
  static async open(url: string, port = 0): Promise<DatabaseLink> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseLink(server, new URL(url), (server.address() as AddressInfo).port);
  }

  /** The database, over this link. */
  get url(): string {
    const through = new URL(this.target);
    through.hostname = '127.0.0.1';
    through.port = String(this.port);
    return through.href;
  }

  get listeningPort(): number {
    return this.port;
  }

  freeze(): void {
    this.frozen = true;
    this.freezeOpenConnections();
  }

  /** As a router that forgot them: they carry nothing any more, new ones do. */
  freezeOpenConnections(): void {
    this.ends.forEach((end) => end.pause());
  }

  thaw(): void {
    this.frozen = false;
    this.ends.forEach((end) => end.resume());
  }

  /** Breaks every connection and accepts no more. Safe to repeat. */
  async close(): Promise<void> {
    if (!this.server.listening) {
      return;
    }
    const closed = once(this.server, 'close');
    this.server.close();
    this.ends.forEach((end) => end.destroy());
    await closed;
  }

  private join(near: Socket): void {
    const far = connect({ host: this.target.hostname, port: Number(this.target.port || '5432') });
    this.forward(near, far);
    this.forward(far, near);
  }

  private forward(from: Socket, to: Socket): void {
    this.ends.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.ends.delete(from);
      to.destroy();
    });
    if (this.frozen) {
      from.pause();
    }
  }
}
