import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificate } from '../support/certificate.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import type { Remote } from './image-client.js';

/** A proxy of https in front of a service that keeps what was asked for. */
export class LoggingProxy {
  private constructor(
    private readonly server: Server,
    readonly remote: Required<Remote>,
    /** `GET /path 200`, in the order of the answers. */
    readonly requests: string[],
  ) {}

  static async start({ baseUrl, certificateFile }: Required<Remote>): Promise<LoggingProxy> {
    const folder = await createTemporaryFolder('logging-proxy');
    const files = await createCertificate(folder.path);
    const ca = await readFile(certificateFile);
    const requests: string[] = [];
    const server = createServer({
      cert: await readFile(files.certificateFile),
      key: await readFile(files.keyFile),
    });
    server.on('request', (asked, answer) => {
      const { method, url = '', headers } = asked;
      const passed = request(new URL(url, baseUrl), { method, headers, ca }, (answered) => {
        requests.push(`${method} ${url} ${answered.statusCode}`);
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      asked.pipe(passed);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const remote = { baseUrl: `https://127.0.0.1:${port}`, certificateFile: files.certificateFile };
    return new LoggingProxy(server, remote, requests);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
