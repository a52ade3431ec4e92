import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, PeerProcess } from './peer-process.js';

export interface NginxOptions {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Served as files under `/static/`. */
  readonly staticDir: string;
  /** `http://host:port`, proxied under `/proxy/`. */
  readonly origin?: string;
}

/** Debian's nginx on loopback, the peer that downloads are measured against. */
export async function startNginx(options: NginxOptions): Promise<PeerProcess> {
  const port = await freePort();
  await mkdir(options.folder, { recursive: true });
  const file = join(options.folder, 'nginx.conf');
  await writeFile(file, configuration(options, port));
  return PeerProcess.start('nginx', ['-c', file, '-p', options.folder], `http://127.0.0.1:${port}`);
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
    events { worker_connections 2048; }
    http {
      access_log off;
      sendfile on;
      gzip_static on;
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
