import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { createServer as createHttpServer } from 'node:http';
import { type JoinedService, joinContractService } from '../contract/contract-service.js';
import { describeWith } from '../fixtures/requirement.js';
import { fileOfSize } from '../faults/store-files.js';
import { createCertificate } from '../support/certificate.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type CliEnd, CliProcess, runInProcess } from './cli-runs.js';

jest.setTimeout(30_000);

let service: JoinedService;
let folder: string;
/** Of a published disk. */
let digest: string;

const SIZE_BYTES = 2 * 2 ** 20;

beforeAll(async () => {
  service = await joinContractService();
  folder = (await createTemporaryFolder('cli')).path;
  const { publisher } = service;
  const bytes = Buffer.alloc(SIZE_BYTES);
  bytes.write(`trouble ${folder}`);
  const blob = await publisher.uploadFile(bytes);
  ({ digest } = blob);
  await publisher.createImage('trouble');
  await publisher.createVersion('trouble', '1');
  await publisher.addArtifact('trouble', '1', { format: 'raw', blob, architecture: 'amd64' });
  await publisher.publish('trouble', '1');
});

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliEnd> {
  return runInProcess(args, {
    home: folder,
    environment: { IMGSRV_URL: service.running.baseUrl, ...environment },
  });
}

describe('a certificate of an unknown authority', () => {
  let server: Server;
  let url: string;
  let certificateFile: string;

  beforeAll(async () => {
    const files = await createCertificate(folder);
    ({ certificateFile } = files);
    const { hostname, port } = new URL(service.running.baseUrl);
    const credentials = { cert: readFileSync(files.certificateFile), key: readFileSync(files.keyFile) };
    server = createServer(credentials, (socket) => {
      const behind = connect({ host: hostname, port: Number(port) });
      socket.pipe(behind).pipe(socket);
      for (const end of [socket, behind]) end.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    // A caller that does not trust it goes away.
    server.on('tlsClientError', () => undefined);
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it('is refused, with the way to trust it', async () => {
    expect(await run(['ls', '--url', url])).toMatchObject({
      code: 7,
      stdout: '',
      stderr: expect.stringMatching(/cannot be trusted: it is signed by itself[^]*--ca-cert FILE/) as string,
    });
  });

  it('is trusted when its authority is named', async () => {
    expect(await run(['show', 'trouble', '--url', url, '--ca-cert', certificateFile])).toMatchObject({
      code: 0,
    });
    expect(await run(['show', 'trouble', '--url', url], { IMGSRV_CA_CERT: certificateFile })).toMatchObject({
      code: 0,
    });
  });

  it.each([
    ['is absent', () => join(folder, 'no.pem'), 'there is no such file'],
    ['is no certificate', () => import.meta.filename, 'has no certificate'],
  ])('is not, when the file of its authority %s', async (_what, file, message) => {
    expect(await run(['ls', '--url', url, '--ca-cert', file()])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message) as string,
    });
  });
});

describe('something that is not imgsrv', () => {
  it.each<[string, number, Record<string, string>, string]>([
    ['answers with a page', 200, { 'content-type': 'text/html' }, 'Is it imgsrv?'],
    ['refuses with a page', 404, { 'content-type': 'text/html' }, 'not as imgsrv does'],
    [
      'sends requests elsewhere',
      302,
      { location: 'https://elsewhere.example/' },
      'redirects are not followed',
    ],
  ])('that %s is told apart', async (_what, status, headers, message) => {
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(String(request.headers.authorization));
      response.writeHead(status, headers).end('<h1>Hello</h1>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
    expect(await run(['ls', '--url', url, '--retry-for', '0s'])).toMatchObject({
      code: 7,
      stderr: expect.stringContaining(message) as string,
    });
    // One request, and nothing for anybody else.
    expect(seen).toEqual(['undefined']);
    server.close();
  });
});

describeWith(['root', 'mounts'], 'a full disk', () => {
  it('ends a pull, and the next one goes on', async () => {
    const target = join(folder, 'full');
    const pull = CliProcess.startIn(
      [
        'unshare',
        '--mount',
        'sh',
        '-c',
        'mkdir -p "$0" && mount -t tmpfs -o size=1m tmpfs "$0" || exit 99; "$@"; code=$?; echo "left: $(ls "$0")" >&2; exit $code',
        target,
      ],
      ['pull', 'trouble', '-o', target],
      { home: folder, environment: { IMGSRV_URL: service.running.baseUrl } },
    );
    expect(await pull.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        // What has come waits in a hidden file; nothing has the name of the whole.
        /There is no room for .*trouble-1-amd64\.raw[^]*run the command again[^]*left: \n/,
      ) as string,
    });
    expect(await run(['pull', 'trouble', '-o', target])).toMatchObject({ code: 0 });
  });
});

// The last one: it takes the bytes away.
describe('a version whose bytes are gone from the store', () => {
  it('is not fetched, and the operators are named', async () => {
    await rm(await fileOfSize(service.running.storageDir, digest, SIZE_BYTES));
    const end = await run(['pull', 'trouble', '-o', join(folder, 'gone')]);
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining('Tell the operators') as string });
  });
});
