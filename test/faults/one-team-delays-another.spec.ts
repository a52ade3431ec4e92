import { randomUUID } from 'node:crypto';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { digestOf, openFilesUnder } from '../contract/upload-steps.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { waitFor } from '../support/wait-for.js';
import { uploadSparse } from './sparse-upload.js';
import { TestConnection } from '../support/test-connection.js';
import { unifiedImage } from './unified-image.js';

jest.setTimeout(120_000);

interface Draft {
  readonly name: string;
  readonly hex: string;
}

describe('one team', () => {
  let service: ContractService;
  let connection: TestConnection;
  let other: PublisherClient;

  beforeEach(async () => {
    service = await startContractService({ flags: ['--worker-concurrency', '2'] });
    connection = await TestConnection.open(service.running.databaseUrl);
    const { baseUrl, bootstrapToken } = service.running;
    other = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
  });

  afterEach(async () => {
    await connection.close();
    await service.stop();
  });

  async function draft(publisher: PublisherClient, metadata?: string): Promise<Draft> {
    const name = `image-${randomUUID()}`;
    const bytes = await unifiedImage(metadata);
    await publisher.createImage(name);
    await publisher.createVersion(name, '1.0');
    const blob = await publisher.uploadFile(bytes);
    await publisher.addArtifact(name, '1.0', { format: 'incus.tar.gz', blob });
    return { name, hex: digestOf(bytes).slice('sha256:'.length) };
  }

  /** How long it takes from asking for it until anyone sees the version. */
  async function timeToPublish(publisher: PublisherClient, { name }: Draft): Promise<number> {
    const askedAtMs = performance.now();
    await publisher.call('POST', `/v1/images/${name}/versions/1.0/publish`);
    await waitFor(
      async () => (await service.anonymous.get(`/v1/images/${name}/versions/1.0`)).status === 200,
      { intervalMs: 10, timeoutMs: 30_000, what: 'the version to be visible' },
    );
    return performance.now() - askedAtMs;
  }

  async function unfinished(kind: string): Promise<number> {
    return connection.count(`SELECT FROM jobs WHERE kind = $1 AND state IN ('queued', 'running')`, [kind]);
  }

  it('that has eight GiB verified does not delay the publish of another one', async () => {
    const image = await draft(other);
    const [worker] = service.running.workers;
    worker?.kill('SIGSTOP');
    for (let upload = 0; upload < 8; upload += 1) await uploadSparse(service, connection);
    worker?.kill('SIGCONT');
    await waitFor(async () => (await openFilesUnder(service.running.storageDir, worker?.pid ?? 0)) > 0, {
      intervalMs: 5,
      what: 'the worker to verify',
    });
    const tookMs = await timeToPublish(other, image);
    expect(await unfinished('ingest_blob')).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(2000);
  });

  it('whose drafts are poisoned does not delay the publish of another one', async () => {
    const poison = [
      'architecture: x86_64',
      'creation_date: 1763850000',
      'properties: {os: Tiny, release: "\\ud800", requirements.cgroup: "\\ud800"}',
      '',
    ].join('\n');
    const poisoned = await Promise.all(Array.from({ length: 12 }, () => draft(service.publisher, poison)));
    const image = await draft(other);
    const statuses = await Promise.all(
      poisoned.map(async ({ name }) => service.writer.post(`/v1/images/${name}/versions/1.0/publish`)),
    );
    expect(statuses.map(({ status }) => status)).toEqual(poisoned.map(() => 202));
    expect(await timeToPublish(other, image)).toBeLessThan(10_000);
    await waitFor(async () => (await unfinished('publish_version')) === 0, {
      timeoutMs: 30_000,
      what: 'the poisoned publishes to fail',
    });
    const failed = await connection.rows<{ attempt: number }>(
      `SELECT attempt FROM jobs WHERE kind = 'publish_version' AND state = 'failed'`,
    );
    expect(failed).toEqual(poisoned.map(() => ({ attempt: 1 })));
    expect(service.running.workers.map(({ stderr }) => stderr).join('')).not.toContain('ud800');
  });
});
