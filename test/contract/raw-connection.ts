import { connect, type Socket } from 'node:net';
import { waitFor } from '../support/wait-for.js';
import { type Answer, toAnswer } from '../support/http-client.js';

/** A TCP connection on which a test writes what no HTTP library would. */
export class RawConnection {
  private received = Buffer.alloc(0);
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on('error', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  /** From another address of this machine when one is given. */
  static async open(baseUrl: string, localAddress?: string): Promise<RawConnection> {
    const { hostname, port } = new URL(baseUrl);
    const socket = connect({
      port: Number(port),
      host: hostname,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawConnection(socket);
  }

  /** Writes the request line and header fields, `Host` among them, and the empty line after them. */
  request(line: string, headers: readonly string[] = []): void {
    this.write([`${line} HTTP/1.1`, 'Host: service.example', ...headers, '', ''].join('\r\n'));
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Everything that came back and was not taken as an answer. */
  get text(): string {
    return this.received.toString('latin1');
  }

  /** True once the service has closed the connection. */
  get isClosed(): boolean {
    return this.ended;
  }

  /** Takes the next answer, an interim one included. Its body must be delimited by Content-Length. */
  async answer(): Promise<Answer> {
    return waitFor(() => this.take(), {
      what: () => `an answer; the service sent ${JSON.stringify(this.text)}`,
    });
  }

  async closed(): Promise<void> {
    await waitFor(() => this.ended, { what: 'the service to close the connection' });
  }

  /** Says that nothing more will be sent, and goes on reading, as `nc -N` does. */
  end(): void {
    this.socket.end();
  }

  /** Takes nothing more of what the service sends. */
  pause(): void {
    this.socket.pause();
  }

  /** Goes away without a farewell. */
  cut(): void {
    this.socket.resetAndDestroy();
  }

  private take(): Answer | undefined {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) {
      return undefined;
    }
    const [statusLine = '', ...fields] = this.received.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      fields.map((field) => [
        field.slice(0, field.indexOf(':')).toLowerCase(),
        field.slice(field.indexOf(':') + 1).trim(),
      ]),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    if (this.received.length < bodyEnd) {
      return undefined;
    }
    const bytes = this.received.subarray(end + 4, bodyEnd);
    this.received = this.received.subarray(bodyEnd);
    return toAnswer(Number(statusLine.split(' ')[1]), headers, bytes);
  }
}
