import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { executeSql } from './execute-sql.js';
import { freePort } from './free-port.js';
import { createTemporaryFolder } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

const RECOMMENDED = join(import.meta.dirname, '..', '..', 'docs', 'operators', 'pgbouncer.ini');

/** Debian's PgBouncer in front of one database, with the configuration that the documentation recommends. */
export class Pgbouncer {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(
    /** The database, through it. */
    readonly url: string,
    private readonly file: string,
  ) {}

  /** With these lines besides. Resolves when it passes statements on. */
  static async start(databaseUrl: string, settings: readonly string[] = []): Promise<Pgbouncer> {
    const { path } = await createTemporaryFolder('pgbouncer');
    const file = join(path, 'pgbouncer.ini');
    const target = new URL(databaseUrl);
    const port = await freePort();
    const recommended = await readFile(RECOMMENDED, 'utf8');
    const written = recommended
      .replace(/^imgsrv = host=\S+ port=\d+ dbname=\w+/m, () => `* = ${placeOf(target)}`)
      .replace('listen_addr = *', `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`)
      // The test databases have a superuser, whose password stands above.
      .replace(/^auth_.*$/gm, '')
      .concat(['', 'auth_type = any', ...settings, ''].join('\n'));
    await writeFile(file, written);
    // It refuses to run as root and reads its file as somebody else then.
    await chmod(path, 0o755);
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    const pooler = new Pgbouncer(url.href, file);
    await pooler.restart();
    return pooler;
  }

  /** After `stop` or `kill`, on the same port. */
  async restart(): Promise<void> {
    const user = process.getuid?.() === 0 ? ['--user', 'nobody'] : [];
    const child = spawn('pgbouncer', [...user, this.file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    await waitFor(
      () =>
        executeSql(this.url, 'SELECT 1').then(
          () => true,
          () => false,
        ),
      { what: () => `PgBouncer to serve; it wrote ${this.output}` },
    );
  }

  /** Every connection breaks. */
  async kill(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'close');
      this.child.kill('SIGKILL');
      await ended;
    }
  }
}

function placeOf({ hostname, port, username, password }: URL): string {
  const login = `user=${decodeURIComponent(username)} password='${decodeURIComponent(password)}'`;
  return `host=${hostname} port=${port} ${login}`;
}
