import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and its Postgres, and can be shut: connections break and new ones are refused. */
export class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server;

  private constructor(
    private readonly target: URL,
    private port = 0,
  ) {
    this.server = this.listener();
  }

  /** An open gate before the Postgres of that URL. */
  static async before(target: URL): Promise<Gate> {
    const gate = new Gate(target);
    await gate.open();
    return gate;
  }

  /** The URL through the gate. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = `${this.port}`;
    return url.href;
  }

  async open(): Promise<void> {
    this.server = this.listener();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Safe to repeat. */
  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  private listener(): Server {
    return createServer((client) => {
      const postgres = connect(Number(this.target.port || 5432), this.target.hostname);
      for (const [socket, other] of [
        [client, postgres],
        [postgres, client],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }
}
