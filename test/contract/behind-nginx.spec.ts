import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PeerProcess } from '../bench/peer-process.js';
import { describeWith } from '../fixtures/requirement.js';
import { freePort } from '../support/free-port.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type JoinedService, joinContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { publishVersion } from './published-version.js';

let service: JoinedService;
let nginx: PeerProcess;
let writer: HttpClient;

/** Debian's nginx as many run it: it compresses JSON, and so weakens entity tags. */
async function startCompressing(origin: string): Promise<PeerProcess> {
  const { path } = await createTemporaryFolder('nginx');
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(path, 'nginx.conf'),
    `daemon off; user root; worker_processes 1; pid ${path}/nginx.pid; error_log ${path}/error.log;
     events { worker_connections 128; }
     http {
       access_log off; gzip on; gzip_types application/json; gzip_min_length 1;
       ${temporary.map((name) => `${name}_temp_path ${path}/${name};`).join(' ')}
       server { listen 127.0.0.1:${port}; location / { proxy_pass ${origin}; } }
     }`,
  );
  return PeerProcess.start('nginx', ['-c', join(path, 'nginx.conf'), '-p', path], `http://127.0.0.1:${port}`);
}

describeWith('nginx', 'behind an nginx that compresses', () => {
  beforeAll(async () => {
    service = await joinContractService();
    nginx = await startCompressing(service.running.baseUrl);
    writer = new HttpClient(nginx.url, service.writer.token);
  }, 60_000);

  afterAll(() => nginx.stop(), 60_000);

  it('an alias is moved with the entity tag that the client saw, and by one client only', async () => {
    const { image } = await publishVersion(service);
    const path = `/v1/images/${image}/aliases/stable`;
    expect(await writer.send('PUT', path, { json: { version: '1.0' } })).toMatchObject({ status: 200 });

    const seen = await writer.get(path, { 'accept-encoding': 'gzip' });
    expect(seen.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'private, no-cache, no-transform',
    });
    expect(JSON.parse(gunzipSync(seen.bytes).toString())).toMatchObject({ version: '1.0' });
    expect(seen.headers.etag).toMatch(/^W\/"/);

    const move = { json: { version: '1.0' }, headers: { 'if-match': seen.headers.etag ?? '' } };
    expect(await writer.send('PUT', path, move)).toMatchObject({ status: 200 });
    const late = { json: { version: '1.0' }, headers: { 'if-match': 'W/"0b0c.1"' } };
    expectProblem(await writer.send('PUT', path, late), 412, 'alias-changed');
  }, 60_000);
});
