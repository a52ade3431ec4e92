import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from '../support/http-client.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { freePort } from '../support/free-port.js';

const RECOMMENDED = join(import.meta.dirname, '..', '..', 'docs', 'operators', 'haproxy.cfg');

/** A real HAProxy in front of two apis, with the configuration that the documentation recommends. */
export class Haproxy {
  private output = '';

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
  }

  /** Resolves when it passes requests on. */
  static async start(apiUrls: readonly [string, string]): Promise<Haproxy> {
    const port = await freePort();
    const { path } = await createTemporaryFolder('haproxy');
    const file = join(path, 'haproxy.cfg');
    const [one, two] = apiUrls.map((url) => new URL(url).host);
    const recommended = await readFile(RECOMMENDED, 'utf8');
    await writeFile(
      file,
      recommended
        .replace('bind :80', `bind 127.0.0.1:${port}`)
        .replace('10.0.0.11:8080', one ?? '')
        .replace('10.0.0.12:8080', two ?? ''),
    );
    const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const haproxy = new Haproxy(`http://127.0.0.1:${port}`, child);
    const client = new HttpClient(haproxy.url);
    await waitFor(
      () =>
        client.get('/readyz').then(
          ({ status }) => status === 204,
          () => false,
        ),
      { what: () => `HAProxy to serve; it wrote ${haproxy.output}` },
    );
    return haproxy;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.kill('SIGTERM');
    await ended;
  }
}
