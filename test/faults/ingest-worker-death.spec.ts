import { type ContractService, startContractService } from '../contract/contract-service.js';
import { openFilesUnder, settled } from '../contract/upload-steps.js';
import { waitFor } from '../support/wait-for.js';
import { SPARSE_BYTES, SPARSE_DIGEST, uploadSparse } from './sparse-upload.js';
import { TestConnection } from '../support/test-connection.js';
import { VisibilityWatch } from './visibility-watch.js';
import { holderOf, killNow, type NamedWorker, startNamedWorker } from './workers.js';

interface IngestJob {
  readonly state: string;
  readonly attempt: number;
}

jest.setTimeout(60_000);

describe('a worker that goes away while it verifies a large upload', () => {
  let service: ContractService;
  let connection: TestConnection;

  beforeEach(async () => {
    service = await startContractService({ workers: 0 });
    connection = await TestConnection.open(service.running.databaseUrl);
  });

  afterEach(async () => {
    await connection.close();
    await service.stop();
  });

  async function ingestJob(): Promise<IngestJob | undefined> {
    const [job] = await connection.rows<IngestJob>(
      `SELECT state, attempt FROM jobs WHERE kind = 'ingest_blob'`,
    );
    return job;
  }

  /** Resolves when the worker has opened the bytes, long before it can have read them all. */
  async function waitUntilReading({ process }: NamedWorker): Promise<void> {
    await waitFor(async () => (await openFilesUnder(service.running.storageDir, process.pid)) > 0, {
      intervalMs: 5,
      what: 'the worker to read the upload',
    });
  }

  /** No caller sees the blob before the upload is ready, and then all of it. */
  function watchBlob(id: string): VisibilityWatch {
    return new VisibilityWatch(async () => {
      const blob = await service.writer.head(`/v1/blobs/${SPARSE_DIGEST}`);
      const { json } = await service.writer.get(`/v1/uploads/${id}`);
      const { state } = json as { state: string };
      if (blob.status === 200 && state !== 'ready') {
        return `the blob was visible while its upload was ${state}`;
      }
      return blob.status === 200 && blob.headers['content-length'] !== String(SPARSE_BYTES)
        ? 'the blob was visible with another size'
        : undefined;
    });
  }

  async function expectOneBlob(id: string): Promise<void> {
    expect(await settled(service.writer, id)).toMatchObject({ state: 'ready' });
    expect(await connection.count('SELECT digest FROM blobs')).toBe(1);
    const { status, headers } = await service.writer.head(`/v1/blobs/${SPARSE_DIGEST}`);
    expect(status).toBe(200);
    expect(headers['content-length']).toBe(String(SPARSE_BYTES));
    const anonymous = await service.anonymous.head(`/v1/blobs/${SPARSE_DIGEST}`);
    expect(anonymous.status).toBe(404);
  }

  it('by kill -9: another one verifies it once the lease is over, and there is one blob', async () => {
    const flags = ['--job-lease', '2s'];
    const first = await startNamedWorker(service.running, flags);
    const id = await uploadSparse(service, connection);
    const watch = watchBlob(id);
    await waitUntilReading(first);
    await killNow(first.process);
    expect(await connection.count('SELECT digest FROM blobs')).toBe(0);
    expect(await ingestJob()).toMatchObject({ state: 'running', attempt: 1 });

    await startNamedWorker(service.running, flags);
    await expectOneBlob(id);
    expect(await ingestJob()).toMatchObject({ state: 'succeeded', attempt: 2 });
    await watch.expectNone();
  });

  it('by SIGTERM: it gives the job back and another one takes it at once, with all its attempts', async () => {
    // A lease that would outlast the test.
    const flags = ['--job-lease', '10m', '--shutdown-timeout', '100ms'];
    const workers = await Promise.all([1, 2].map(() => startNamedWorker(service.running, flags)));
    const id = await uploadSparse(service, connection);
    const watch = watchBlob(id);
    const first = await holderOf(connection, 'ingest_blob', workers);
    await waitUntilReading(first);
    first.process.kill('SIGTERM');
    expect(await first.process.exited).toEqual({ code: 0, signal: null });
    expect(first.process.stderr).toContain('released the job for another worker');
    await expectOneBlob(id);
    expect(await ingestJob()).toMatchObject({ state: 'succeeded', attempt: 1 });
    await watch.expectNone();
  });
});
