import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, PutBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { digestOf, someBytes } from '../contract/upload-steps.js';
import { describeWith } from '../fixtures/requirement.js';
import { freePort } from '../support/free-port.js';
import { Pgbouncer } from '../support/pgbouncer.js';
import { type S3Service, s3ServiceOf, s3Settings } from '../support/s3-service.js';
import { ServiceProcess } from '../support/service-process.js';
import { fileOfSize, filesIn } from './store-files.js';
import { type Fault, S3FaultProxy } from './s3-fault-proxy.js';

interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'problem';
  readonly detail: string;
}

jest.setTimeout(90_000);

/** What `doctor` says of these settings, and how it ends. */
async function doctor(settings: Readonly<Record<string, string>>): Promise<{
  readonly code: number | null;
  readonly verdicts: Record<string, string>;
  readonly text: string;
}> {
  const process = ServiceProcess.spawn('doctor', ['--json'], settings);
  const { code } = await process.exited;
  const { findings } = JSON.parse(process.stdout) as { findings: readonly Finding[] };
  const verdicts = Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
  return { code, verdicts, text: process.stdout };
}

/** But for the role, which may be a superuser where the tests use a Postgres of somebody else. */
function notOk(verdicts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(verdicts).filter(([check, found]) => found !== 'ok' && check !== 'postgres: rights'),
  );
}

describe('doctor, of a service on a folder,', () => {
  let service: ContractService;
  let settings: Record<string, string>;

  beforeAll(async () => {
    service = await startContractService();
    const { databaseUrl, storageDir } = service.running;
    settings = { IMGSRV_POSTGRES_URL: databaseUrl, IMGSRV_STORAGE_DIR: storageDir };
  });
  afterAll(() => service.stop());

  it('finds nothing wrong with one that is sound, and leaves nothing behind', async () => {
    await service.publisher.uploadFile(someBytes(1000));
    const before = await filesIn(service.running.storageDir);
    const { code, verdicts } = await doctor(settings);
    expect(notOk(verdicts)).toEqual({});
    expect(Object.keys(verdicts)).toEqual(
      expect.arrayContaining([
        'postgres: schema',
        'postgres: notifications',
        'store: ranges',
        'blobs: in the store',
      ]),
    );
    expect(code).toBe(0);
    expect(await filesIn(service.running.storageDir)).toEqual(before);
  });

  it('prints a line a check', async () => {
    const process = ServiceProcess.spawn('doctor', [], settings);
    expect((await process.exited).code).toBe(0);
    expect(process.stdout).toMatch(/^ok {6}store: ranges: A range across two parts came back\.$/m);
    expect(
      process.stdout
        .trim()
        .split('\n')
        .every((line) => /^(?:ok|warning) /.test(line)),
    ).toBe(true);
  });

  it('names what a folder that is older than the database lacks, and what somebody else put there', async () => {
    const bytes = someBytes(2000);
    await service.publisher.uploadFile(bytes);
    const file = await fileOfSize(service.running.storageDir, digestOf(bytes), bytes.length);
    await rm(dirname(file), { recursive: true });
    await mkdir(join(service.running.storageDir, 'objects', 'blobs'), { recursive: true });
    await writeFile(join(service.running.storageDir, 'objects', 'blobs', 'notes.txt'), 'mine');
    const { code, verdicts, text } = await doctor(settings);
    expect(notOk(verdicts)).toEqual({
      'blobs: in the store': 'problem',
      'store: foreign files': 'warning',
    });
    expect(text).toContain(digestOf(bytes));
    expect(text).toContain('notes.txt');
    expect(code).toBe(1);
  });

  it('says that nobody answers, and of what', async () => {
    const away = `postgres://nobody:a-secret@127.0.0.1:${await freePort()}/none`;
    const { code, verdicts, text } = await doctor({ ...settings, IMGSRV_POSTGRES_URL: away });
    expect(notOk(verdicts)).toEqual({
      'postgres: connection': 'problem',
      'store: foreign files': 'warning',
    });
    expect(text).not.toContain('a-secret');
    expect(code).toBe(1);
    const nothing = await doctor({});
    expect(nothing).toMatchObject({
      code: 1,
      verdicts: { 'postgres: setting': 'problem', 'store: setting': 'problem' },
    });
  });

  describeWith('pgbouncer', 'behind PgBouncer', () => {
    it('says what does not come through, and what to set', async () => {
      const pooler = await Pgbouncer.start(service.running.databaseUrl);
      const throughIt = { ...settings, IMGSRV_POSTGRES_URL: pooler.url };
      const { verdicts } = await doctor(throughIt);
      await pooler.kill();
      expect(verdicts).toMatchObject({
        'postgres: notifications': 'warning',
        'postgres: time limits': 'ok',
      });
    });
  });
});

describeWith('s3', 'doctor, of a bucket,', () => {
  let proxy: S3FaultProxy;
  let bucket: S3Service;
  let owner: S3Client;

  beforeAll(async () => {
    const { endpoint, ...credentials } = s3ServiceOf(process.env);
    owner = new S3Client({
      endpoint: `http://${endpoint}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    bucket = { ...s3ServiceOf(process.env), bucket: `imgsrv-doctor-${Date.now()}` };
    await owner.send(new CreateBucketCommand({ Bucket: bucket.bucket }));
    proxy = await S3FaultProxy.open(bucket);
  });
  afterAll(async () => {
    owner.destroy();
    await proxy.close();
  });

  const ofStore = (verdicts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(verdicts).filter(([check]) => check.startsWith('store:')));

  it('finds nothing wrong with one that is sound', async () => {
    const { verdicts } = await doctor(s3Settings(bucket));
    expect(notOk(ofStore(verdicts))).toEqual({});
    expect(Object.keys(verdicts)).toEqual(
      expect.arrayContaining(['store: signed digests', 'store: lifecycle rules', 'store: clock']),
    );
  });

  it('notices a store that takes any body', async () => {
    const takesAll: Fault = async ({ request, response }) => {
      request.resume();
      await once(request, 'end');
      response.writeHead(200, { etag: '"e"' }).end();
    };
    proxy.plan('put', takesAll, Infinity);
    const { verdicts } = await doctor(s3Settings(proxy.service));
    proxy.heal();
    expect(notOk(ofStore(verdicts))).toEqual({
      'store: signed digests': 'warning',
      'store: Content-MD5': 'warning',
    });
  });

  it('notices rules of the bucket that delete what is ours', async () => {
    await owner.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket.bucket,
        LifecycleConfiguration: {
          Rules: [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 3650 } }],
        },
      }),
    );
    const { code, verdicts, text } = await doctor(s3Settings(bucket));
    expect(notOk(ofStore(verdicts))).toEqual({ 'store: lifecycle rules': 'problem' });
    expect(text).toContain('old');
    expect(code).toBe(1);
  });

  it('says why keys are refused, and shows no secret', async () => {
    const wrong = { ...bucket, secretAccessKey: 'a-wrong-secret' };
    const { code, verdicts, text } = await doctor(s3Settings(wrong));
    expect(ofStore(verdicts)).toEqual({ 'store: access': 'problem' });
    expect(text).toContain('SignatureDoesNotMatch');
    expect(text).not.toContain('a-wrong-secret');
    expect(code).toBe(1);
  });
});
