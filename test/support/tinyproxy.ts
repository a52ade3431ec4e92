import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { getUrl } from './http-client.js';
import { createTemporaryFolder } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

/** Debian's tinyproxy on loopback, which asks for a user and a password. */
export class Tinyproxy {
  private seen = 0;

  private constructor(
    /** Without the credentials. */
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {}

  static async start(): Promise<Tinyproxy> {
    const { path } = await createTemporaryFolder('tinyproxy');
    const port = await freePort();
    const file = join(path, 'tinyproxy.conf');
    const logFile = join(path, 'tinyproxy.log');
    const lines = [
      `Port ${port}`,
      'Listen 127.0.0.1',
      'Timeout 60',
      'MaxClients 100',
      'LogLevel Connect',
      `LogFile "${logFile}"`,
      'BasicAuth imgsrv a-secret',
    ];
    await writeFile(file, lines.join('\n'));
    const child = spawn('tinyproxy', ['-d', '-c', file], { stdio: 'ignore' });
    const address = `127.0.0.1:${port}`;
    await waitFor(
      () =>
        getUrl(`http://${address}/`).then(
          () => true,
          () => false,
        ),
      {
        what: 'tinyproxy to answer',
      },
    );
    return new Tinyproxy(address, child, logFile);
  }

  /** As it stands in `https_proxy`. */
  get url(): string {
    return `http://imgsrv:a-secret@${this.address}`;
  }

  /** What it was asked to connect to since the last look: `127.0.0.1:443`. */
  takeTargets(): string[] {
    const log = readFileSync(this.logFile, 'utf8');
    const targets = [...log.slice(this.seen).matchAll(/ CONNECT (\S+) HTTP/g)];
    this.seen = log.length;
    return targets.map(([, target = '']) => target);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
  }
}

/** Runs what follows with these variables of curl, and no others. Returns what puts the old ones back. */
export function setProxyVariables(values: Readonly<Record<string, string>>): () => void {
  const names = ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]);
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) {
    Reflect.deleteProperty(process.env, name);
  }
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      Reflect.deleteProperty(process.env, name);
      if (value !== undefined) process.env[name] = value;
    }
  };
}
