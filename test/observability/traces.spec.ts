import { randomBytes } from 'node:crypto';
import { executeSql } from '../support/execute-sql.js';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { type PublishedVersion, publishVersion } from '../contract/published-version.js';
import { waitFor } from '../support/wait-for.js';
import { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';

const VARIABLES = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_RESOURCE_ATTRIBUTES'];

describe('traces', () => {
  const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  let collector: OtlpReceiver;
  let service: ContractService;
  let published: PublishedVersion;

  beforeAll(async () => {
    collector = await OtlpReceiver.listen();
    // Inherited by the processes of the service.
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    process.env.OTEL_BSP_SCHEDULE_DELAY = '50';
    process.env.OTEL_RESOURCE_ATTRIBUTES = 'deployment.environment=test';
    service = await startContractService();
    published = await publishVersion(service);
  }, 90_000);

  afterAll(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await service.stop();
    await collector.close();
  }, 60_000);

  const received = (what: string, matches: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> =>
    waitFor(() => collector.spans.find(matches), {
      what: () => `${what} among ${collector.spans.length} spans`,
    });

  const childOf = (parent: ReceivedSpan, name: string): Promise<ReceivedSpan> =>
    received(`${name} below ${parent.name}`, (span) => span.parentId === parent.spanId && span.name === name);

  it('lead from the request that publishes to the job and its steps', async () => {
    const request = await received('the publish request', (span) =>
      span.name.startsWith('POST /v1/images/:name/versions/:version/publish'),
    );
    expect(request).toMatchObject({
      service: 'imgsrv-api',
      parentId: '',
      attributes: {
        'http.route': '/v1/images/:name/versions/:version/publish',
        'http.response.status_code': 202,
      },
    });
    const job = await childOf(request, 'job publish_version');
    expect(job).toMatchObject({
      service: 'imgsrv-worker',
      traceId: request.traceId,
      attributes: { 'imgsrv.job.attempt': 1, 'imgsrv.job.outcome': 'succeeded' },
    });
    for (const step of ['validate_catalog', 'incus_index', 'finalize_publish']) {
      expect((await childOf(job, `step ${step}`)).traceId).toBe(request.traceId);
    }
  });

  it('lead from the completion of an upload to its verification, down to the store', async () => {
    const complete = await received('a complete request', ({ name }) =>
      name.startsWith('POST /v1/uploads/:upload_id/complete'),
    );
    await childOf(complete, 'object-store complete_multipart_upload');
    const job = await childOf(complete, 'job ingest_blob');
    await childOf(job, 'object-store open_read');
    await childOf(job, 'object-store read_body');
  });

  it('go on where the caller began', async () => {
    const [traceId, parentId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    await service.anonymous.get(published.artifactPath, { traceparent: `00-${traceId}-${parentId}-01` });
    const download = await received(
      'the download',
      (span) => span.traceId === traceId && span.name.startsWith('GET '),
    );
    expect(download).toMatchObject({ parentId, attributes: { 'imgsrv.cut_off': false } });
    await childOf(download, 'object-store read_body');
  });

  it.each([
    'nonsense',
    `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  ])('begin anew when the caller sends %s', async (traceparent) => {
    await service.anonymous.get('/v1/images', { traceparent, 'x-request-id': `sent-${traceparent}` });
    const request = await received(
      'the request',
      ({ attributes }) => attributes['imgsrv.request_id'] === `sent-${traceparent}`,
    );
    expect(request.parentId).toBe('');
    expect(traceparent).not.toContain(request.traceId);
  });

  it('record nothing of a caller who does not want to be sampled, nor of the job', async () => {
    const [traceId, parentId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const headers = { traceparent: `00-${traceId}-${parentId}-00` };
    await service.writer.send('POST', `/v1/images/${published.image}/versions/1.0/publish`, { headers });
    await service.anonymous.get('/v1/images', { 'x-request-id': 'after-unsampled' });
    await received(
      'a later request',
      ({ attributes }) => attributes['imgsrv.request_id'] === 'after-unsampled',
    );
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  it('name failures by their kind, and leave probes and secrets out', async () => {
    await service.anonymous.get('/healthz');
    await service.anonymous.get('/v1/auth/whoami?access_token=secret', { 'x-request-id': 'refused' });
    const refused = await received(
      'the refused request',
      ({ attributes }) => attributes['imgsrv.request_id'] === 'refused',
    );
    expect(refused.attributes['http.response.status_code']).toBe(401);
    const told = JSON.stringify(collector.spans);
    expect(told).not.toMatch(/imgsrv_at_|secret|healthz/);
    expect(told).not.toContain(published.image);
  });

  it('go out in the way that the standard variables want', () => {
    expect(new Set(collector.requests.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
    expect(collector.requests[0]?.contentType).toBe('application/x-protobuf');
  });

  it('can be found from the log', async () => {
    const job = await received('an ingest', ({ name }) => name === 'job ingest_blob');
    expect(service.running.workers[0]?.stderr).toContain(`"trace_id":"${job.traceId}"`);
  });
});

describe('without an endpoint', () => {
  it('no trace is kept with a job', async () => {
    const service = await startContractService();
    try {
      await publishVersion(service);
      const { traced } = await tracedJobs(service.running.databaseUrl);
      expect(traced).toBe('0');
      expect(service.running.apis[0]?.stderr).not.toContain('trace_id');
    } finally {
      await service.stop();
    }
  }, 90_000);
});

describe('a collector that is away', () => {
  it('costs a warning and keeps neither requests nor the end of the process waiting', async () => {
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';
    process.env.OTEL_BSP_SCHEDULE_DELAY = '50';
    const service = await startContractService({ workers: 0 });
    try {
      const [api] = service.running.apis;
      expect((await service.anonymous.get('/v1/images')).status).toBe(200);
      await waitFor(() => api?.stderr.includes('traces could not be sent'), { what: 'the warning' });
      expect((await service.anonymous.get('/v1/images')).status).toBe(200);
      api?.kill('SIGTERM');
      expect(await api?.exited).toEqual({ code: 0, signal: null });
    } finally {
      Reflect.deleteProperty(process.env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
      Reflect.deleteProperty(process.env, 'OTEL_BSP_SCHEDULE_DELAY');
      await service.stop();
    }
  }, 60_000);
});

async function tracedJobs(url: string): Promise<{ readonly traced: string }> {
  const [row] = await executeSql<{ traced: string }>(url, 'SELECT count(traceparent) AS traced FROM jobs');
  return row ?? { traced: 'nothing' };
}
