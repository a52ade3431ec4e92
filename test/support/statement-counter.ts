import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The length of a message, and of the type before it. */
const LENGTH_BYTES = 4;
const TYPE_BYTES = 1;
const SSL_REQUEST = 80877103;

/**
 * Stands between clients and their Postgres and notes every statement that goes over the wire, BEGIN and COMMIT too.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class StatementCounter {
  /** The texts since the last `forget`, in the order in which they came. */
  readonly statements: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
    private readonly target: URL,
  ) {}

  static async before(databaseUrl: string): Promise<StatementCounter> {
    const target = new URL(databaseUrl);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const postgres = connect(Number(target.port || 5432), target.hostname);
      const reader = new FrontendReader((text) => counter.statements.push(text));
      client.on('data', (chunk: Buffer) => {
        reader.read(chunk);
      });
      for (const [socket, other] of [
        [client, postgres],
        [postgres, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    const counter = new StatementCounter(server, sockets, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return counter;
  }

  /** The URL of the database through this. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  forget(): void {
    this.statements.length = 0;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }
}

/** Finds the statements in what one client sends. */
class FrontendReader {
  private pending = Buffer.alloc(0);
  private hasStarted = false;

  constructor(private readonly found: (text: string) => void) {}

  read(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (let message = this.take(); message !== undefined; message = this.take()) {
      const { type, body } = message;
      if (type === 'Q') {
        this.found(textAt(body, 0));
      } else if (type === 'P') {
        // The name of the prepared statement comes first; it is empty for those that are not kept.
        this.found(textAt(body, body.indexOf(0) + 1));
      }
    }
  }

  /** The next whole message. The first ones of a connection have no type. */
  private take(): { readonly type: string; readonly body: Buffer } | undefined {
    const head = this.hasStarted ? TYPE_BYTES : 0;
    if (this.pending.length < head + LENGTH_BYTES) {
      return undefined;
    }
    const end = head + this.pending.readUInt32BE(head);
    if (this.pending.length < end) {
      return undefined;
    }
    const type = this.pending.toString('latin1', 0, head);
    const body = this.pending.subarray(head + LENGTH_BYTES, end);
    this.hasStarted ||= body.length < LENGTH_BYTES || body.readUInt32BE(0) !== SSL_REQUEST;
    this.pending = this.pending.subarray(end);
    return { type, body };
  }
}

function textAt(body: Buffer, start: number): string {
  return body.toString('utf8', start, body.indexOf(0, start));
}
