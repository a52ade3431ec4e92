import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { getUrl, HttpClient } from '../support/http-client.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { executeSql } from '../support/execute-sql.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ServiceProcess } from '../support/service-process.js';
import { waitFor } from '../support/wait-for.js';

const POLICIES = join(import.meta.dirname, '..', '..', 'docker', 's3');

type Role = 'api' | 'worker';

interface Policy {
  readonly Statement: readonly object[];
}

jest.setTimeout(60_000);

describeWith('s3-users', 'the S3 policies', () => {
  const bucket = `imgsrv-policies-${Date.now()}`;
  const processes: ServiceProcess[] = [];
  let database: TestDatabase;

  /** The policies of both users as one of the bucket, which is what every store has. */
  function bucketPolicy(): string {
    const statements = (['api', 'worker'] as const).flatMap((role) => {
      const text = readFileSync(join(POLICIES, `${role}-policy.json`), 'utf8').replaceAll('BUCKET', bucket);
      const principal = { AWS: [`arn:aws:iam:::user/imgsrv-${role}`] };
      return (JSON.parse(text) as Policy).Statement.map((statement) => ({
        ...statement,
        Sid: undefined,
        Principal: principal,
      }));
    });
    return JSON.stringify({ Version: '2012-10-17', Statement: statements });
  }

  function setting(name: string): string {
    return process.env[`IMGSRV_TEST_S3_${name}`] ?? '';
  }

  function clientOf(role: Role | 'owner'): S3Client {
    const accessKeyId = setting(role === 'owner' ? 'ACCESS_KEY_ID' : `${role.toUpperCase()}_ACCESS_KEY_ID`);
    return new S3Client({
      endpoint: `http://${setting('ENDPOINT')}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey: setting('SECRET_ACCESS_KEY') },
    });
  }

  async function start(role: Role): Promise<ServiceProcess> {
    const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', '', '--s3-path-style'];
    const service = ServiceProcess.spawn(role, flags, {
      IMGSRV_POSTGRES_URL: database.url,
      IMGSRV_S3_ENDPOINT: setting('ENDPOINT'),
      IMGSRV_S3_BUCKET: bucket,
      IMGSRV_S3_ACCESS_KEY_ID: setting(`${role.toUpperCase()}_ACCESS_KEY_ID`),
      IMGSRV_S3_SECRET_ACCESS_KEY: setting('SECRET_ACCESS_KEY'),
    });
    processes.push(service);
    await service.waitUntilListening();
    await service.waitUntil(
      'that it is ready',
      async () => (await getUrl(`${service.url}/readyz`)).status === 204,
    );
    return service;
  }

  async function objectKeys(prefix = 'blobs/'): Promise<string[]> {
    const { Contents = [] } = await clientOf('owner').send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
    );
    return Contents.map(({ Key = '' }) => Key);
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    await clientOf('owner').send(new CreateBucketCommand({ Bucket: bucket }));
    await clientOf('owner').send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: bucketPolicy() }));
  });

  afterAll(async () => {
    for (const service of processes) {
      service.kill();
      await service.exited;
    }
    await database.drop();
  });

  it('are enough to upload, verify, publish, record, read and remove', async () => {
    const [api] = await Promise.all([start('api'), start('worker')]);
    const token = await waitFor(() => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]);
    const publisher = await PublisherClient.enroll({ baseUrl: api.url }, token);
    const disk = makeWholeQcow2();
    const blob = await publisher.uploadFile(disk);
    await publisher.createImage('tiny');
    await publisher.createVersion('tiny', '1');
    const incus = { os: 'Tiny', release: '1' };
    const { id } = await publisher.addArtifact('tiny', '1', { format: 'qcow2', blob, incus });
    await publisher.publish('tiny', '1');
    const url = `${api.url}/v1/images/tiny/versions/1/artifacts/${id}/download`;
    expect((await getUrl(url)).bytes.equals(disk)).toBe(true);

    const kept = (await objectKeys()).join();
    await refuseUpload(publisher, api.url);
    await waitFor(async () => (await objectKeys()).join() === kept, {
      what: 'the refused bytes to be removed',
    });
    await recordNow();
    const recordOfImage = await waitFor(async () => (await objectKeys('records/images/'))[0]);
    await publisher.setAlias('tiny', 'latest', '1');
    await recordNow();
    await waitFor(async () => (await objectKeys('records/images/'))[0] !== recordOfImage, {
      what: 'the record before the alias to be replaced and removed',
    });
  });

  /** Queues the job that a worker queues every ten seconds. */
  async function recordNow(): Promise<void> {
    await executeSql(
      database.url,
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('record_catalog', '{}', 20)`,
    );
  }

  /** Bytes that are not what was announced: the worker removes them. */
  async function refuseUpload(publisher: PublisherClient, baseUrl: string): Promise<void> {
    const bytes = randomBytes(100);
    const session = await publisher.call<{ id: string }>('POST', '/v1/uploads', {
      expected_digest: `sha256:${'0'.repeat(64)}`,
      expected_size_bytes: 100,
    });
    const path = `/v1/uploads/${session.id}`;
    const sent = await new HttpClient(baseUrl, publisher.token).send('PUT', `${path}/parts/1`, {
      body: bytes,
    });
    const part = sent.json as { etag: string; size_bytes: number };
    await publisher.call('POST', `${path}/complete`, {
      parts: [{ number: 1, etag: part.etag, size_bytes: part.size_bytes }],
    });
    await waitFor(async () => (await publisher.call<{ state: string }>('GET', path)).state === 'failed');
  }

  it('let the api delete nothing, and each of them write nothing else', async () => {
    const [key = ''] = await objectKeys();
    const target = { Bucket: bucket, Key: key };
    const refused = { $metadata: { httpStatusCode: 403 } };
    await expect(clientOf('api').send(new DeleteObjectCommand(target))).rejects.toMatchObject(refused);
    for (const role of ['api', 'worker'] as const) {
      const elsewhere = { Bucket: bucket, Key: 'elsewhere', Body: 'x' };
      await expect(clientOf(role).send(new PutObjectCommand(elsewhere))).rejects.toMatchObject(refused);
      await expect(
        clientOf(role).send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: bucketPolicy() })),
      ).rejects.toMatchObject(refused);
    }
    expect(await objectKeys()).toContain(key);
  });
});
