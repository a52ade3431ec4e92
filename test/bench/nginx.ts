import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { exchange } from '../fixtures/http-exchange.js';
import { waitFor } from '../support/wait-for.js';

export interface NginxOptions {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Served as files under `/static/`. */
  readonly staticDir: string;
  /** `http://host:port`, proxied under `/proxy/`. */
  readonly origin?: string;
}

/** Debian's nginx on loopback, the peer that downloads are measured against. */
export class Nginx {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(options: NginxOptions): Promise<Nginx> {
    const port = await freePort();
    await mkdir(options.folder, { recursive: true });
    const file = join(options.folder, 'nginx.conf');
    await writeFile(file, configuration(options, port));
    const child = spawn('nginx', ['-c', file, '-p', options.folder], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const nginx = new Nginx(child, `http://127.0.0.1:${port}`);
    await waitFor(
      () =>
        exchange({ method: 'GET', url: nginx.url }).then(
          () => true,
          () => false,
        ),
      { what: 'nginx' },
    );
    return nginx;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

function configuration({ folder, staticDir, origin }: NginxOptions, port: number): string {
  const proxy =
    origin === undefined
      ? ''
      : `location /proxy/ { proxy_pass ${origin}/; proxy_http_version 1.1; proxy_set_header Connection "";
           proxy_set_header Host "${new URL(origin).host}"; proxy_max_temp_file_size 0; }`;
  return `
    daemon off;
    user root;
    worker_processes 1;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    events {}
    http {
      access_log off;
      sendfile on;
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port};
        location /static/ { alias ${staticDir}/; }
        ${proxy}
      }
    }`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') {
    throw new Error('no free port');
  }
  return address.port;
}
