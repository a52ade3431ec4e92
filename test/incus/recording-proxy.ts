import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Passes connections on to a service, and keeps what clients send as the network would see it. */
export class RecordingProxy {
  /** What each connection sent. */
  readonly sent: Buffer[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** On `listenPort` of `address`; 0 is any that is free. */
  static async start(serviceUrl: string, address = '127.0.0.1', listenPort = 0): Promise<RecordingProxy> {
    const { hostname, port } = new URL(serviceUrl);
    const server = createServer();
    const proxy = new RecordingProxy(server);
    server.on('connection', (client) => {
      const index = proxy.sent.push(Buffer.alloc(0)) - 1;
      const service = connect(Number(port), hostname);
      client.on('data', (chunk: Buffer) => {
        proxy.sent[index] = Buffer.concat([proxy.sent[index] ?? Buffer.alloc(0), chunk]);
      });
      client.pipe(service).pipe(client);
      proxy.sockets.add(client).add(service);
      client.on('error', () => service.destroy());
      service.on('error', () => client.destroy());
    });
    server.listen(listenPort, address);
    await once(server, 'listening');
    return proxy;
  }

  get url(): URL {
    const { address, port } = this.server.address() as AddressInfo;
    return new URL(`https://${address}:${port}`);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }
}
