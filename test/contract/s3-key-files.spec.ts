import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { HttpClient } from '../support/http-client.js';
import { MountedSecret } from '../support/mounted-secret.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

jest.setTimeout(60_000);

describeWith('s3-users', 'S3 keys in files', () => {
  const bucket = `imgsrv-key-files-${Date.now()}`;
  const owner = setting('ACCESS_KEY_ID');
  const guest = setting('API_ACCESS_KEY_ID');
  let database: TestDatabase;
  let secret: MountedSecret;
  let client: S3Client;
  let api: ServiceProcess;
  let worker: ServiceProcess;

  function setting(name: string): string {
    return process.env[`IMGSRV_TEST_S3_${name}`] ?? '';
  }

  /** Lets these users, besides the owner, do everything with the bucket. */
  async function permit(...users: readonly string[]): Promise<void> {
    const statement = {
      Effect: 'Allow',
      // A policy has to name somebody.
      Principal: { AWS: ['imgsrv-nobody', ...users].map((user) => `arn:aws:iam:::user/${user}`) },
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  }

  const setKeys = (accessKeyId: string, secretAccessKey = setting('SECRET_ACCESS_KEY')): Promise<void> =>
    secret.set({ 'access-key-id': accessKeyId, 'secret-access-key': secretAccessKey });

  async function start(role: 'api' | 'worker'): Promise<ServiceProcess> {
    const flags = [
      '--listen',
      '127.0.0.1:0',
      '--metrics-listen',
      '',
      '--s3-path-style',
      '--log-format',
      'json',
    ];
    const service = ServiceProcess.spawn(role, flags, {
      IMGSRV_POSTGRES_URL: database.url,
      IMGSRV_S3_ENDPOINT: setting('ENDPOINT'),
      IMGSRV_S3_BUCKET: bucket,
      IMGSRV_S3_ACCESS_KEY_ID_FILE: secret.file('access-key-id'),
      IMGSRV_S3_SECRET_ACCESS_KEY_FILE: secret.file('secret-access-key'),
    });
    await service.waitUntilListening();
    await service.waitUntil('that its store answers', () => reachesStore(service));
    return service;
  }

  async function reachesStore(service: ServiceProcess): Promise<boolean> {
    const http = new HttpClient(service.url);
    if (service.name === 'worker') {
      return (await http.get('/readyz')).status === 204;
    }
    const { checks } = (await http.get('/readyz?verbose')).json as {
      checks: readonly { name: string; passes: boolean }[];
    };
    return checks.some(({ name, passes }) => name === 'object store' && passes);
  }

  const both = (): readonly ServiceProcess[] => [api, worker];
  const refusals = (service: ServiceProcess): number =>
    service.stderr.split('the files of the S3 keys cannot be used; what was read before is used on').length;

  async function expectRefused(change: () => Promise<void>, reason: string): Promise<void> {
    const before = both().map(refusals);
    await change();
    await Promise.all(
      both().map((service, index) =>
        service.waitUntil('the refusal in its log', () => refusals(service) > (before[index] ?? 0)),
      ),
    );
    for (const service of both()) {
      expect(service.stderr).toContain(reason);
    }
    await uploadAndVerify();
  }

  /** Needs the keys of both: the api stores the bytes, the worker reads them. */
  async function uploadAndVerify(): Promise<void> {
    await publisher.uploadFile(Buffer.from(`bytes ${(uploads += 1)}`));
  }
  let publisher: PublisherClient;
  let uploads = 0;

  beforeAll(async () => {
    client = new S3Client({
      endpoint: `http://${setting('ENDPOINT')}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: owner, secretAccessKey: setting('SECRET_ACCESS_KEY') },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    await permit('imgsrv-api');
    database = await createTestDatabase();
    secret = new MountedSecret((await createTemporaryFolder('secret')).path);
    await setKeys(guest);
    [api, worker] = await Promise.all([start('api'), start('worker')]);
    const token = await waitFor(() => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]);
    publisher = await PublisherClient.enroll({ baseUrl: api.url }, token);
  }, 120_000);

  afterAll(async () => {
    for (const service of both()) {
      service.kill();
      await service.exited;
    }
    client.destroy();
    await database.drop();
  });

  it('that became empty leave the old ones in use', async () => {
    await expectRefused(() => setKeys(guest, ''), 'must be a file that holds something');
  });

  it('that hold more than a line leave the old ones in use, and are not shown', async () => {
    await expectRefused(() => setKeys(guest, 'two\nlines'), 'must be a file of one line');
    expect(both().some(({ stderr }) => stderr.includes('two'))).toBe(false);
  });

  it.each([
    ['an unknown key', () => setKeys('nobody'), '403 InvalidAccessKeyId'],
    ['half of a new pair', () => setKeys(owner, 'the-secret-of-the-other'), '403 SignatureDoesNotMatch'],
    ['a key without rights', () => setKeys(setting('WORKER_ACCESS_KEY_ID')), '403 AccessDenied'],
  ])('that the store refuses leave the old ones in use: %s', async (_what, change, reason) => {
    await expectRefused(change, `the store answered ${reason}`);
  });

  it('are read again on SIGHUP', async () => {
    const before = both().map(refusals);
    for (const service of both()) {
      service.kill('SIGHUP');
    }
    await waitFor(() => both().every((service, index) => refusals(service) > (before[index] ?? 0)));
  });

  it('that the store takes after a while are used without another change', async () => {
    // A service needs time to know a new key everywhere.
    await permit('imgsrv-api', 'imgsrv-worker');
    for (const service of both()) {
      await service.waitUntil('the keys to be taken', () =>
        service.stderr.includes('the object store takes the new S3 keys now'),
      );
    }
  });

  it('are used from the moment on that the links of the mount are moved, without a restart', async () => {
    const reads = (): readonly number[] =>
      both().map(({ stderr }) => stderr.split('read the S3 keys again').length);
    const before = reads();
    await setKeys(owner);
    await waitFor(() => reads().every((count, index) => count > (before[index] ?? 0)));
    // Nobody but the owner gets in any more.
    await permit();
    await uploadAndVerify();
    expect(await Promise.all(both().map(reachesStore))).toEqual([true, true]);
    expect(both().every(({ isRunning }) => isRunning)).toBe(true);
  });
});
