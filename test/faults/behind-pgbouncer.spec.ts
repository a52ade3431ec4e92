import { randomUUID } from 'node:crypto';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { expectProblem } from '../contract/problem.js';
import { digestOf, someBytes } from '../contract/upload-steps.js';
import { describeWith } from '../fixtures/requirement.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';

/** Notifications do not come through: this is how late a worker looks. */
const FLAGS = ['--cas-promotion-poll-interval', '100ms', '--cas-promotion-error-backoff', '50ms'];

jest.setTimeout(90_000);

describeWith('pgbouncer', 'a service behind PgBouncer', () => {
  let service: ContractService;
  let connection: TestConnection;

  beforeAll(async () => {
    service = await startContractService({ pooler: 'pgbouncer', flags: FLAGS });
    connection = await TestConnection.open(service.running.databaseUrl);
  });
  afterAll(async () => {
    await connection.close();
    await service.stop();
  });

  async function publishVersion(image: string, version: string): Promise<string> {
    const { publisher } = service;
    const blob = await publisher.uploadFile(makeWholeQcow2());
    const metadata = await publisher.uploadFile(readRealArchive('split'));
    await publisher.createVersion(image, version);
    const { id } = await publisher.addArtifact(image, version, { format: 'qcow2', blob });
    await publisher.addAttachment(image, version, id, { name: 'incus.tar.xz', blob: metadata });
    await publisher.publish(image, version);
    return id;
  }

  it('publishes, moves an alias, serves, and shows clients the list', async () => {
    const { publisher, anonymous } = service;
    const image = `image-${randomUUID()}`;
    await publisher.createImage(image);
    const artifact = await publishVersion(image, '1');
    await publisher.setAlias(image, 'latest', '1');
    const download = await anonymous.get(`/v1/images/${image}/versions/1/artifacts/${artifact}/download`);
    expect(digestOf(download.bytes)).toBe(digestOf(makeWholeQcow2()));
    await waitFor(
      async () => (await anonymous.get('/streams/v1/images.json')).bytes.toString().includes(image),
      { what: 'the list for Incus to show the image' },
    );
  });

  it('applies a retention policy', async () => {
    const { publisher, anonymous, manager } = service;
    const whoami = await service.writer.get('/v1/auth/whoami');
    const { id } = whoami.members.principal as { id: string };
    expect((await manager.put(`/v1/auth/principals/${id}/roles/content-admin`)).status).toBe(204);
    const image = `image-${randomUUID()}`;
    await publisher.createImage(image);
    await publishVersion(image, '1');
    await publishVersion(image, '2');
    await publisher.call('PUT', `/v1/images/${image}/retention`, { keep_newest: 1 });
    await connection.rows(
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('apply_retention', '{}', 5)`,
    );
    await waitFor(async () => (await anonymous.get(`/v1/images/${image}/versions/1`)).status !== 200, {
      what: 'the older version to be withdrawn',
    });
    expect((await anonymous.get(`/v1/images/${image}/versions/2`)).status).toBe(200);
  });

  it('waits for a lock as long as without it, and then says 503', async () => {
    const name = `image-${randomUUID()}`;
    await service.publisher.createImage(name);
    await connection.holding('SELECT FROM images WHERE name = $1 FOR UPDATE', [name], async () => {
      const answer = await service.writer.patch(`/v1/images/${name}`, { description: 'mine' });
      const { detail } = expectProblem(answer, 503, 'dependency-unavailable');
      expect(detail).toContain('busy');
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    });
    expect((await service.writer.patch(`/v1/images/${name}`, { description: 'mine' })).status).toBe(200);
  });

  it('says 503 while PgBouncer is away, and goes on when it is back', async () => {
    const { pooler } = service.running;
    await pooler?.kill();
    const away = await service.anonymous.get('/v1/images');
    expectProblem(away, 503, 'dependency-unavailable');
    expect(away.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    await pooler?.restart();
    await waitFor(async () => (await service.anonymous.get('/v1/images')).status === 200);
    await service.publisher.uploadFile(someBytes());
    const processes = [...service.running.apis, ...service.running.workers];
    expect(processes.every(({ isRunning }) => isRunning)).toBe(true);
  });
});
