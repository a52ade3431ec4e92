import { randomUUID } from 'node:crypto';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { waitFor } from '../support/wait-for.js';
import { TestConnection } from '../support/test-connection.js';
import { unifiedImage } from './unified-image.js';

jest.setTimeout(60_000);

interface PublishJob {
  readonly id: string;
  readonly state: string;
  readonly steps: readonly { readonly name: string; readonly state: string }[];
}

describe('the cancel of a publish', () => {
  let service: ContractService;
  let connection: TestConnection;
  let name: string;
  let path: string;

  beforeAll(async () => {
    service = await startContractService();
    connection = await TestConnection.open(service.running.databaseUrl);
  });

  beforeEach(async () => {
    name = `image-${randomUUID()}`;
    path = `/v1/images/${name}/versions/1.0`;
    const { publisher } = service;
    await publisher.createImage(name);
    await publisher.createVersion(name, '1.0');
    const blob = await publisher.uploadFile(await unifiedImage());
    await publisher.addArtifact(name, '1.0', { format: 'incus.tar.gz', blob });
  });

  afterAll(async () => {
    await connection.close();
    await service.stop();
  });

  const signalWorker = (signal: NodeJS.Signals): void => {
    service.running.workers[0]?.kill(signal);
  };

  async function publish(): Promise<PublishJob> {
    const { status, json } = await service.writer.post(`${path}/publish`);
    expect(status).toBe(202);
    return json as PublishJob;
  }

  async function job(id: string): Promise<PublishJob> {
    return (await service.writer.get(`/v1/publish-jobs/${id}`)).json as PublishJob;
  }

  async function versionState(): Promise<unknown> {
    const { json } = await service.writer.get(path);
    return (json as { version: { state: string } }).version.state;
  }

  async function publishAnew(before: PublishJob): Promise<void> {
    const { id } = await publish();
    expect(id).not.toBe(before.id);
    await waitFor(async () => (await job(id)).state === 'succeeded', { timeoutMs: 25_000 });
    expect(await versionState()).toBe('published');
    expect(await job(before.id)).toMatchObject({ state: 'canceled' });
  }

  it('that waits makes the version a draft again, which can be published anew', async () => {
    signalWorker('SIGSTOP');
    const queued = await publish();
    const canceled = await service.writer.post(`/v1/publish-jobs/${queued.id}/cancel`);
    expect(canceled).toMatchObject({ status: 200, json: { state: 'canceled' } });
    expect(await versionState()).toBe('draft');
    signalWorker('SIGCONT');
    await publishAnew(queued);
  });

  it('that runs ends it: the worker writes nothing more, and the version can be published anew', async () => {
    signalWorker('SIGSTOP');
    const begun = await publish();
    await connection.holding('LOCK TABLE blobs IN ACCESS EXCLUSIVE MODE', [], async () => {
      signalWorker('SIGCONT');
      await waitFor(() => connection.blocksSomebody(), { what: 'the worker to be in the middle of it' });
      const canceled = await service.writer.post(`/v1/publish-jobs/${begun.id}/cancel`);
      expect(canceled).toMatchObject({ status: 200, json: { state: 'canceled' } });
    });
    expect(await versionState()).toBe('draft');
    const again = await service.writer.post(`/v1/publish-jobs/${begun.id}/cancel`);
    expect(again).toMatchObject({
      status: 412,
      json: { type: 'urn:imgsrv:problem:job-over', current_state: 'canceled' },
    });
    await publishAnew(begun);
  });

  it('that succeeded is refused', async () => {
    const { id } = await service.publisher.publish(name, '1.0');
    const refused = await service.writer.post(`/v1/publish-jobs/${id}/cancel`);
    expect(refused).toMatchObject({
      status: 412,
      json: { type: 'urn:imgsrv:problem:job-over', current_state: 'succeeded' },
    });
    expect(await versionState()).toBe('published');
  });
});
