import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Exposition } from '../observability/exposition.js';
import { startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import { digestOf, someBytes, upload } from './upload-steps.js';

const MIB = 2 ** 20;
/** More than sockets and streams hold, so that a download cannot end unread. */
const LARGE = Buffer.alloc(64 * MIB, someBytes(1021));
const PATH = `/v1/blobs/${digestOf(LARGE)}`;

jest.setTimeout(120_000);

async function figure(
  service: ContractService,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const [api] = service.running.apis;
  return (await Exposition.scrape(api?.metricsUrl ?? '')).get(name, labels);
}

const limitsReached = (service: ContractService, limit: string): Promise<number> =>
  figure(service, 'imgsrv_http_limits_reached_total', { limit });

/** Begins a download and takes nothing of its body. */
async function holdDownload(
  service: ContractService,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const outgoing = request(service.running.baseUrl + PATH, {
    agent: false,
    headers: { authorization: `Bearer ${service.writer.token ?? ''}`, ...headers },
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  return incoming;
}

describe('connections of one source', () => {
  const LIMIT = 10;
  let service: ContractService;
  let held: RawConnection[] = [];

  beforeAll(async () => {
    service = await startContractService({
      workers: 0,
      flags: ['--max-connections-per-source', String(LIMIT)],
    });
  });
  afterEach(async () => {
    held.forEach((connection) => {
      connection.cut();
    });
    held = [];
    await waitFor(async () => (await figure(service, 'imgsrv_http_connections')) === 0);
  });
  afterAll(() => service.stop());

  async function hold(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      held.push(await RawConnection.open(service.running.baseUrl));
    }
    await waitFor(async () => (await figure(service, 'imgsrv_http_connections')) === held.length);
  }

  it('beyond its share get a 429 with Retry-After and are closed, and are counted', async () => {
    await hold(LIMIT);
    const before = await limitsReached(service, 'connections_per_source');
    const one = await RawConnection.open(service.running.baseUrl);
    one.request('GET /healthz');
    const answer = await one.answer();
    expectProblem(answer, 429, 'too-many-requests');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    await one.closed();
    expect(await limitsReached(service, 'connections_per_source')).toBe(before + 1);
  });

  it('leave those of others alone, and are let in again when one has gone', async () => {
    await hold(LIMIT);
    const other = await RawConnection.open(service.running.baseUrl, '127.0.0.2');
    other.request('GET /healthz');
    expect((await other.answer()).status).toBe(204);
    other.cut();
    held.pop()?.cut();
    await waitFor(async () => (await service.anonymous.get('/healthz')).status === 204);
  });
});

describe('on a TLS port', () => {
  it('connections beyond the share of a source are closed', async () => {
    const service = await startService({
      workers: 0,
      tls: true,
      flags: ['--max-connections-per-source', '4'],
    });
    try {
      const held: RawConnection[] = [];
      for (let number = 0; number < 5; number += 1) {
        held.push(await RawConnection.open(service.baseUrl));
      }
      await held[4]?.closed();
      expect(held.slice(0, 4).map(({ isClosed }) => isClosed)).toEqual([false, false, false, false]);
      held.forEach((connection) => {
        connection.cut();
      });
    } finally {
      await service.stop();
    }
  });
});

describe('behind a trusted proxy', () => {
  let service: ContractService;

  beforeAll(async () => {
    service = await startContractService({
      flags: ['--trusted-proxies', '127.0.0.1', '--max-connections-per-source', '4'],
    });
    await upload(service.writer, LARGE);
  });
  afterAll(() => service.stop());

  it('the requests of each client are counted, not the connections of the proxy', async () => {
    const held = await Promise.all(
      Array.from({ length: 4 }, () => holdDownload(service, { 'x-forwarded-for': '203.0.113.7' })),
    );
    expect(held.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    const ask = (source: string) => service.anonymous.get('/v1/images', { 'x-forwarded-for': source });
    expectProblem(await ask('203.0.113.7'), 429, 'too-many-requests');
    expect((await ask('203.0.113.8')).status).toBe(200);
    expect(await limitsReached(service, 'requests_per_source')).toBe(1);
    held.forEach((incoming) => incoming.destroy());
    await waitFor(async () => (await ask('203.0.113.7')).status === 200);
  });

  it('a client cannot have more by requests that wait on one connection', async () => {
    const connection = await RawConnection.open(service.running.baseUrl);
    connection.pause();
    const before = await limitsReached(service, 'requests_per_source');
    const one = [
      `GET ${PATH} HTTP/1.1`,
      'Host: service.example',
      `Authorization: Bearer ${service.writer.token ?? ''}`,
      'X-Forwarded-For: 203.0.113.9',
      '\r\n',
    ].join('\r\n');
    connection.write(one.repeat(10));
    await waitFor(async () => (await figure(service, 'imgsrv_http_downloads_in_flight')) > 0);
    await waitFor(async () => (await limitsReached(service, 'requests_per_source')) > before);
    expect(await figure(service, 'imgsrv_http_downloads_in_flight')).toBeLessThanOrEqual(4);
    connection.cut();
    await waitFor(async () => (await figure(service, 'imgsrv_http_downloads_in_flight')) === 0);
  });
});

describe('downloads', () => {
  let service: ContractService;
  let held: IncomingMessage[] = [];

  beforeAll(async () => {
    service = await startContractService({
      flags: [
        ...['--trusted-proxies', '127.0.0.1'],
        ...['--max-downloads-per-source', '3', '--max-downloads', '5'],
      ],
    });
    await upload(service.writer, LARGE);
  });
  afterEach(async () => {
    held.forEach((incoming) => incoming.destroy());
    held = [];
    await waitFor(async () => (await figure(service, 'imgsrv_http_downloads_in_flight')) === 0);
  });
  afterAll(() => service.stop());

  async function hold(count: number, source: string): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const incoming = await holdDownload(service, { 'x-forwarded-for': source });
      expect(incoming.statusCode).toBe(200);
      held.push(incoming);
    }
  }

  const ask = (source: string, method = 'GET') =>
    service.writer.send(method, PATH, { headers: { 'x-forwarded-for': source } });

  it('of one source beyond its share get a 429, which costs others nothing', async () => {
    await hold(3, '203.0.113.7');
    const answer = await ask('203.0.113.7');
    expectProblem(answer, 429, 'too-many-downloads');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.headers['etag']).toBeUndefined();
    expect((await ask('203.0.113.7', 'HEAD')).status).toBe(200);
    expect((await ask('203.0.113.8')).status).toBe(200);
    expect(await limitsReached(service, 'downloads_per_source')).toBe(1);
    held.pop()?.destroy();
    await waitFor(async () => (await ask('203.0.113.7')).status === 200);
  });

  it('of all sources beyond what the process bears get a 503', async () => {
    await hold(3, '203.0.113.7');
    await hold(2, '203.0.113.8');
    const answer = await ask('203.0.113.9');
    expectProblem(answer, 503, 'downloads-busy');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(await limitsReached(service, 'downloads')).toBe(1);
  });
});

describe('downloads that nobody reads', () => {
  let service: ContractService;
  beforeAll(async () => {
    service = await startContractService();
    await upload(service.writer, LARGE);
  });
  afterAll(() => service.stop());

  it('do not take the memory of the api', async () => {
    const before = await figure(service, 'nodejs_external_memory_bytes');
    const held: IncomingMessage[] = [];
    for (let round = 0; round < 20; round += 1) {
      held.push(...(await Promise.all(Array.from({ length: 30 }, () => holdDownload(service)))));
    }
    expect(held.filter(({ statusCode }) => statusCode === 200)).toHaveLength(100);
    expect(held.filter(({ statusCode }) => statusCode === 429)).toHaveLength(500);
    // What all of them may share; 600 held more than twice as much.
    expect((await figure(service, 'nodejs_external_memory_bytes')) - before).toBeLessThan(60 * MIB);
    held.forEach((incoming) => incoming.destroy());
  });
});

describe('a download of which the client takes too little', () => {
  const STALL_MS = 1500;
  const LEAST_MIB = 16;
  let service: ContractService;

  beforeAll(async () => {
    service = await startContractService({
      flags: [
        ...['--download-stall-timeout', `${STALL_MS}ms`],
        ...['--min-download-rate', `${LEAST_MIB}MiB`],
      ],
    });
    await upload(service.writer, LARGE);
  });
  afterAll(() => service.stop());

  /** Takes a mouthful at a time; never so long nothing that it would count as stalled. */
  async function takeSlowly(incoming: IncomingMessage, mibPerSecond: number): Promise<number> {
    let takenBytes = 0;
    const beganAtMs = performance.now();
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      takenBytes += chunk.length;
      const dueMs = (takenBytes / MIB / mibPerSecond) * 1000;
      const aheadMs = dueMs - (performance.now() - beganAtMs);
      if (aheadMs > 100) await delay(aheadMs);
    }
    return takenBytes;
  }

  it('is cut although it moves, and frees what it held', async () => {
    const incoming = await holdDownload(service);
    await expect(takeSlowly(incoming, LEAST_MIB / 4)).rejects.toThrow('aborted');
    await waitFor(async () => (await figure(service, 'imgsrv_http_downloads_in_flight')) === 0);
  });

  it('goes on at a rate above the least', async () => {
    expect(await takeSlowly(await holdDownload(service), 2 * LEAST_MIB)).toBe(LARGE.length);
  });
});
