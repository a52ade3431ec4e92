import { randomBytes, randomUUID } from 'node:crypto';
import { DatabaseLink } from '../support/database-link.js';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { type PublishedVersion, publishVersion } from '../contract/published-version.js';
import { createTestDatabase } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { Exposition } from './exposition.js';

describe('the metrics of a service that works', () => {
  let service: ContractService;
  let published: PublishedVersion;
  let api: Exposition;
  let worker: Exposition;

  beforeAll(async () => {
    service = await startContractService();
    published = await publishVersion(service);
    await service.anonymous.get(published.artifactPath);
    await service.anonymous.get(`/v1/images/${published.image}/refs/${randomUUID()}`);
    await service.anonymous.get('/no/such/route');
    await service.anonymous.send('BREW', '/v1/images');
    await service.anonymous.get('/streams/v1/images.json');
    await refuseUpload();
    // A client sees what a job did a moment before the worker counts it as ended.
    worker = await waitFor(
      async () => {
        const now = await scrape(service.running.workers);
        return endedJobs(now, 'ingest_blob') === 6 && endedJobs(now, 'publish_version') === 1
          ? now
          : undefined;
      },
      { what: 'all jobs to be counted' },
    );
    api = await scrape(service.running.apis);
  }, 90_000);

  afterAll(() => service.stop(), 60_000);

  /** An upload whose bytes are not those that were announced. */
  async function refuseUpload(): Promise<void> {
    const bytes = randomBytes(100);
    const begun = await service.writer.post('/v1/uploads', {
      expected_digest: `sha256:${'0'.repeat(64)}`,
      expected_size_bytes: bytes.length,
    });
    const path = begun.headers.location ?? '';
    const part = await service.writer.send('PUT', `${path}/parts/1`, {
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    });
    const { etag } = part.json as { readonly etag: string };
    await service.writer.post(`${path}/complete`, {
      parts: [{ number: 1, etag, size_bytes: bytes.length }],
    });
    await waitFor(
      async () => ((await service.writer.get(path)).json as { state: string }).state === 'failed',
      {
        what: 'the upload to be refused',
      },
    );
  }

  it('time requests by the template of their route', () => {
    const count = 'imgsrv_http_request_duration_seconds_count';
    expect(api.get(count, { route: '/v1/images', method: 'POST', status: '2xx' })).toBe(1);
    expect(api.get(count, { route: '/v1/images/:name/refs/:ref', method: 'GET', status: '4xx' })).toBe(1);
    expect(
      api.get(count, {
        route: '/v1/images/:name/versions/:version/artifacts/:artifact_id/download',
        method: 'GET',
        status: '2xx',
      }),
    ).toBe(1);
    expect(api.get('imgsrv_http_requests_in_flight')).toBe(0);
  });

  it('put everything that has no route, and every made-up method, under one name', () => {
    const count = 'imgsrv_http_request_duration_seconds_count';
    expect(api.get(count, { route: 'unmatched', method: 'GET', status: '4xx' })).toBe(1);
    expect(api.all(count, { method: 'BREW' })).toEqual([]);
    const routes = new Set(api.all(count).map(({ labels }) => labels['route']));
    for (const route of routes) expect(route).toMatch(/^(unmatched|\/[a-z0-9_./:-]*)$/);
  });

  it('count the calls of the store, and the bytes in both directions', () => {
    const calls = 'imgsrv_object_store_operations_total';
    const bytes = 'imgsrv_object_store_bytes_total';
    const stored = 5000 + 70;
    expect(api.get(calls, { operation: 'put_part', outcome: 'ok' })).toBe(6);
    expect(api.get(bytes, { direction: 'written' })).toBeGreaterThan(stored);
    expect(api.get(calls, { operation: 'read_body', outcome: 'ok' })).toBe(1);
    expect(api.get(bytes, { direction: 'read' })).toBe(5000);
    // The refused upload of 100 bytes was read once more before it counted, and the disk once more to be published.
    expect(worker.get(calls, { operation: 'open_read', outcome: 'ok' })).toBe(8);
    expect(worker.get(bytes, { direction: 'read' })).toBe(
      api.get(bytes, { direction: 'written' }) + 100 + 5000,
    );
    expect(api.get('imgsrv_object_store_operation_duration_seconds_count', { operation: 'put_part' })).toBe(
      6,
    );
  });

  it('show what is left of the pool', () => {
    for (const process of [api, worker]) {
      expect(process.get('imgsrv_database_pool_limit_connections')).toBe(10);
      expect(process.get('imgsrv_database_pool_waiting_requests')).toBe(0);
      const used = process.all('imgsrv_database_pool_connections').reduce((sum, { value }) => sum + value, 0);
      expect(used).toBeGreaterThan(0);
      expect(process.get('imgsrv_dependency_up', { dependency: 'postgres' })).toBe(1);
      expect(process.get('imgsrv_dependency_up', { dependency: 'object-store' })).toBe(1);
      expect(process.get('imgsrv_ready')).toBe(1);
    }
  });

  it('follow uploads from their bytes to their end', () => {
    const settled = 'imgsrv_uploads_settled_total';
    expect(worker.get(settled, { outcome: 'ready' })).toBe(5);
    expect(worker.get(settled, { outcome: 'digest-mismatch' })).toBe(1);
    expect(worker.get(settled, { outcome: 'upload-lost' })).toBe(0);
    const received = api.get('imgsrv_upload_received_bytes_total');
    expect(worker.get('imgsrv_upload_verified_bytes_total')).toBe(received - 100);
  });

  it('count attempts at jobs and their outcomes, and time the steps of a publish', () => {
    expect(worker.get('imgsrv_job_attempts_total', { kind: 'ingest_blob' })).toBe(6);
    const ended = { kind: 'publish_version', outcome: 'succeeded' };
    expect(worker.get('imgsrv_jobs_ended_total', ended)).toBe(1);
    expect(worker.get('imgsrv_jobs_ended_total', { ...ended, outcome: 'failed' })).toBe(0);
    expect(worker.get('imgsrv_job_lease_losses_total', { kind: 'ingest_blob' })).toBe(0);
    expect(worker.get('imgsrv_job_breaker_open', { kind: 'ingest_blob' })).toBe(0);
    for (const step of ['validate_catalog', 'incus_index', 'finalize_publish']) {
      const labels = { kind: 'publish_version', step, outcome: 'succeeded' };
      expect(worker.get('imgsrv_job_step_duration_seconds_count', labels)).toBe(1);
    }
  });

  it('tell accepted credentials from refused ones', async () => {
    const count = 'imgsrv_authentications_total';
    const { baseUrl } = service.running;
    const badToken = `imgsrv_at_${'x'.repeat(52)}`;
    const calls = [
      [undefined, { credential: 'none', outcome: 'missing' }],
      [badToken, { credential: 'api-token', outcome: 'malformed' }],
      ['a.b.c', { credential: 'oidc-token', outcome: 'jwt-malformed' }],
      ['nonsense', { credential: 'other', outcome: 'malformed' }],
      [service.manager.token, { credential: 'api-token', outcome: 'forbidden' }],
      [service.writer.token, { credential: 'api-token', outcome: 'accepted' }],
    ] as const;
    for (const [token, labels] of calls) {
      const before = (await scrape(service.running.apis)).find(count, labels) ?? 0;
      await new HttpClient(baseUrl, token).get(`/v1/uploads/${randomUUID()}`);
      expect((await scrape(service.running.apis)).get(count, labels)).toBe(before + 1);
    }
  });

  it('do not count anonymous readers as authentications', async () => {
    const total = async () =>
      (await scrape(service.running.apis))
        .all('imgsrv_authentications_total')
        .reduce((sum, { value }) => sum + value, 0);
    const before = await total();
    await service.anonymous.get(`/v1/images/${published.image}`);
    await service.anonymous.get('/healthz');
    expect(await total()).toBe(before);
  });

  it('count a download that the client breaks off', async () => {
    const size = 30 * 2 ** 20;
    const { digest } = await service.publisher.uploadFile(randomBytes(size));
    const answer = await fetch(`${service.running.baseUrl}/v1/blobs/${digest}`, {
      headers: { authorization: `Bearer ${service.writer.token ?? ''}` },
    });
    await answer.body?.cancel();
    const aborted = { operation: 'read_body', outcome: 'aborted' };
    const after = await waitFor(
      async () => {
        const now = await scrape(service.running.apis);
        return now.get('imgsrv_object_store_operations_total', aborted) === 1 ? now : undefined;
      },
      { what: 'the read to be counted as aborted' },
    );
    expect(after.get('imgsrv_http_cut_off_responses_total')).toBe(1);
    expect(after.get('imgsrv_object_store_bytes_total', { direction: 'read' })).toBeLessThan(size);
  }, 60_000);

  it('carry no ids, names or digests in labels', async () => {
    const all = [...(await scrape(service.running.apis)).samples, ...worker.samples];
    for (const { name, labels } of all.filter((sample) => sample.name.startsWith('imgsrv_'))) {
      for (const value of name === 'imgsrv_build_info' ? [] : Object.values(labels)) {
        expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|sha256|imgsrv_at/);
        expect(value).not.toContain(published.image);
      }
    }
  });

  it('say which build runs', () => {
    for (const { samples } of [api, worker]) {
      const [info] = samples.filter(({ name }) => name === 'imgsrv_build_info');
      expect(info).toMatchObject({ value: 1, labels: { node_version: process.version } });
      expect(info?.labels['version']).toMatch(/^\d+\.\d+\.\d+/);
      expect(info?.labels['commit']).toMatch(/^(unknown|[0-9a-f]{40}(-dirty)?)$/);
    }
  });

  it('show the same counts of what is stored on both processes', async () => {
    const isCounted = async () => {
      const found = await scrape(service.running.apis);
      return (found.find('imgsrv_statistics_count_duration_seconds') ?? 0) > 0 ? found : undefined;
    };
    const shown = await waitFor(isCounted, { what: 'the first count' });
    const other = await scrape(service.running.workers);
    for (const name of ['imgsrv_blobs', 'imgsrv_blob_bytes', 'imgsrv_images']) {
      expect(other.get(name)).toBe(shown.get(name));
    }
    expect(shown.all('imgsrv_versions').map(({ labels }) => labels['state'])).toEqual([
      'draft',
      'publishing',
      'published',
      'withdrawn',
    ]);
    expect(shown.all('imgsrv_upload_sessions')).toHaveLength(7);
    expect(shown.get('imgsrv_streams_projection_rows', { client: 'lxd' })).toBe(0);
    expect(shown.get('imgsrv_streams_revision')).toBeGreaterThan(1);
  });
});

describe('the metrics of an api whose database is gone', () => {
  it('come at once, without the figures of the database', async () => {
    const service = await startService({ workers: 0, databaseUrl: 'postgres://x:y@127.0.0.1:1/z', apis: 0 });
    try {
      const api = service.startApi().catch(() => undefined);
      const [process] = service.apis;
      await process?.waitUntilListening();
      const { exposition, ms } = await timed(() => scrape(service.apis));
      expect(ms).toBeLessThan(500);
      expectNoFigures(exposition);
      expect(exposition.get('imgsrv_dependency_up', { dependency: 'object-store' })).toBe(1);
      process?.kill('SIGKILL');
      await api;
    } finally {
      await service.stop();
    }
  }, 60_000);

  it('come in about a second when it hangs, however many ask, and are whole again when it is back', async () => {
    const database = await createTestDatabase();
    const link = await DatabaseLink.open(database.url);
    const service = await startService({ workers: 0, databaseUrl: link.url });
    try {
      expect((await scrape(service.apis)).get('imgsrv_database_figures_up')).toBe(1);
      link.freeze();
      const answers = await Promise.all(Array.from({ length: 5 }, () => timed(() => scrape(service.apis))));
      for (const { exposition, ms } of answers) {
        expect(ms).toBeLessThan(3000);
        expectNoFigures(exposition);
      }
      // All of them waited for one statement.
      const last = await scrape(service.apis);
      expect(last.get('imgsrv_database_pool_connections', { state: 'active' })).toBeLessThanOrEqual(2);
      link.thaw();
      await waitFor(async () => (await scrape(service.apis)).get('imgsrv_database_figures_up') === 1, {
        what: 'the figures to be back',
      });
    } finally {
      await service.stop();
      await link.close();
      await database.drop();
    }
  }, 60_000);

  function expectNoFigures(exposition: Exposition): void {
    expect(exposition.get('imgsrv_database_figures_up')).toBe(0);
    for (const name of [
      'imgsrv_blobs',
      'imgsrv_jobs',
      'imgsrv_streams_revision',
      'imgsrv_statistics_age_seconds',
    ]) {
      expect(exposition.all(name)).toEqual([]);
    }
    expect(exposition.get('imgsrv_http_requests_in_flight')).toBe(0);
  }
});

function scrape(processes: RunningService['apis']): Promise<Exposition> {
  const [process] = processes;
  return Exposition.scrape(process?.metricsUrl ?? '');
}

function endedJobs(worker: Exposition, kind: string): number {
  return worker.all('imgsrv_jobs_ended_total', { kind }).reduce((sum, { value }) => sum + value, 0);
}

async function timed(
  work: () => Promise<Exposition>,
): Promise<{ readonly exposition: Exposition; readonly ms: number }> {
  const startedAtMs = performance.now();
  const exposition = await work();
  return { exposition, ms: performance.now() - startedAtMs };
}
