import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:net';
import { connect as connectTls, type PeerCertificate, type SecureVersion } from 'node:tls';
import { createCertificate } from '../support/certificate.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { RawConnection } from './raw-connection.js';

jest.setTimeout(60_000);

let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
let files: { readonly certificateFile: string; readonly keyFile: string };
let plain: ServiceProcess;
let secure: ServiceProcess;

beforeAll(async () => {
  folder = await createTemporaryFolder('listener');
  files = await createCertificate(folder.path);
  const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', '', '--log-format', 'json'];
  plain = ServiceProcess.spawn('api', [...flags, '--keep-alive-timeout', '1s'], {});
  secure = ServiceProcess.spawn(
    'api',
    [...flags, '--tls-cert-file', files.certificateFile, '--tls-key-file', files.keyFile],
    {},
  );
  await Promise.all([plain.waitUntilListening(), secure.waitUntilListening()]);
});
afterAll(async () => {
  for (const api of [plain, secure]) {
    api.kill('SIGKILL');
    await api.exited;
  }
  await folder.remove();
});

interface Handshake {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly certificate: PeerCertificate;
}

async function handshake(options: { version?: SecureVersion; ciphers?: string } = {}): Promise<Handshake> {
  const { hostname, port } = new URL(secure.url);
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      {
        host: hostname,
        port: Number(port),
        rejectUnauthorized: false,
        ...(options.version === undefined
          ? {}
          : { minVersion: options.version, maxVersion: options.version }),
        ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
      },
      () => {
        resolve({
          protocol: socket.getProtocol(),
          cipher: socket.getCipher().name,
          certificate: socket.getPeerCertificate(),
        });
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });
}

describe('a client that sends nothing more after its request', () => {
  it.each(['/healthz', '/readyz', '/openapi.json', '/v1/images'])('gets its answer to %s', async (path) => {
    const connection = await RawConnection.open(plain.url);
    connection.request(`GET ${path}`);
    connection.end();
    const answer = await connection.answer();
    expect(answer.status).toBe(path === '/healthz' ? 204 : path === '/openapi.json' ? 200 : 503);
    await connection.closed();
  });

  it('gets its answer over TLS', async () => {
    const { hostname, port } = new URL(secure.url);
    const text = await new Promise<string>((resolve, reject) => {
      const transport = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      const socket = connectTls({ socket: transport, rejectUnauthorized: false }, () => {
        socket.end('GET /openapi.json HTTP/1.1\r\nHost: service.example\r\n\r\n');
      });
      let received = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
      socket.once('error', reject).once('end', () => {
        resolve(received);
      });
    });
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('"openapi"');
  });

  it('and whose request is not whole is let go', async () => {
    const connection = await RawConnection.open(plain.url);
    connection.write('GET /healthz HTTP/1.1\r\nHost:');
    connection.end();
    await connection.closed();
  });
});

describe('a connection that waits for its next request', () => {
  it('is kept for as long as the setting says, and the client is told so', async () => {
    const connection = await RawConnection.open(plain.url);
    connection.request('GET /healthz');
    expect((await connection.answer()).headers['keep-alive']).toBe('timeout=1');
    await connection.closed();
  });

  it('is kept for longer than the proxies in front keep theirs when nothing is set', async () => {
    const { hostname, port } = new URL(secure.url);
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
    socket.write('GET /healthz HTTP/1.1\r\nHost: service.example\r\n\r\n');
    const text = await new Promise<string>((resolve) => {
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
      });
    });
    socket.destroy();
    expect(Number(/keep-alive: timeout=(\d+)/i.exec(text)?.[1])).toBeGreaterThan(600);
  });
});

describe('TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is spoken as %s', async (version) => {
    expect((await handshake({ version })).protocol).toBe(version);
  });

  it('of older versions and of old suites is refused', async () => {
    await expect(handshake({ version: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
    const old = 'AES128-SHA:AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA';
    await expect(handshake({ version: 'TLSv1.2', ciphers: old })).rejects.toThrow(/handshake failure/);
  });
});

describe('a certificate', () => {
  const serial = async (): Promise<string> => (await handshake()).certificate.serialNumber;
  let renewed: typeof files;

  beforeAll(async () => {
    const other = join(folder.path, 'renewed');
    await mkdir(other);
    renewed = await createCertificate(other);
  });

  it('that does not fit its key leaves the old one in use, and the process alive', async () => {
    const before = await serial();
    await copyFile(renewed.certificateFile, files.certificateFile);
    secure.kill('SIGHUP');
    await secure.waitUntil('a line about the pair', () => secure.stderr.includes('do not match'));
    expect(await serial()).toBe(before);
  });

  it('that was renewed is used without a restart or a signal, and connections go on', async () => {
    const before = await serial();
    await copyFile(renewed.keyFile, files.keyFile);
    await waitFor(async () => (await serial()) !== before, { what: 'the new certificate' });
    expect(secure.isRunning).toBe(true);
  });

  it('is read again on SIGHUP, which ends neither this process nor one without files', async () => {
    const reads = (): number => secure.stderr.split('read the certificate again').length;
    const before = reads();
    secure.kill('SIGHUP');
    plain.kill('SIGHUP');
    await waitFor(() => reads() > before, { timeoutMs: 1500 });
    expect((await RawConnection.open(plain.url)).isClosed).toBe(false);
    expect([plain.isRunning, secure.isRunning]).toEqual([true, true]);
  });
});
