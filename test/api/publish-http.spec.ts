import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { executeSql } from '../support/execute-sql.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { randomDigest } from './catalog-database.js';
import { tarMember } from '../fixtures/tar-bytes.js';
import { storeXz } from '../hostile/store-xz.js';

let service: ContractService;
let anonymous: HttpClient;
let writer: HttpClient;

beforeAll(async () => {
  service = await startContractService({
    apis: 2,
    flags: ['--job-lease', '2s', '--cas-promotion-poll-interval', '200ms'],
  });
  ({ anonymous, writer } = service);
}, 60_000);

afterAll(() => service.stop(), 60_000);

interface Draft {
  readonly image: string;
  readonly path: string;
  readonly artifactPath: string;
}

interface Declared {
  readonly digest: string;
  readonly sizeBytes: number;
}

async function newDraft(blob: Declared, format = 'raw', architecture = 'amd64'): Promise<Draft> {
  const image = `image-${randomUUID()}`;
  const path = `/v1/images/${image}/versions/1.0`;
  await writer.post('/v1/images', { name: image });
  await writer.post(`/v1/images/${image}/versions`, { version: '1.0' });
  const artifact = await writer.post(`${path}/artifacts`, {
    operating_system: 'linux',
    architecture,
    format,
    primary_blob_digest: blob.digest,
    primary_blob_size_bytes: blob.sizeBytes,
    primary_media_type: 'application/octet-stream',
  });
  expect(artifact.status).toBe(201);
  return { image, path, artifactPath: `${path}/artifacts/${String(artifact.members.id)}` };
}

function upload(bytes: Buffer = randomBytes(2000)): Promise<Declared> {
  return service.publisher.uploadFile(bytes);
}

async function attach({ artifactPath }: Draft, name: string, blob: Declared): Promise<void> {
  const attached = await writer.post(`${artifactPath}/attachments`, {
    name,
    media_type: 'application/octet-stream',
    blob_digest: blob.digest,
    blob_size_bytes: blob.sizeBytes,
  });
  expect(attached.status).toBe(201);
}

type Job = Answer['members'] & { readonly id: string; readonly state: string };
interface Step {
  readonly name: string;
  readonly state: string;
  readonly attempt_count: number;
}

async function jobOf({ path }: Draft): Promise<Job> {
  const { status, members } = await writer.get(`${path}/publish-job`);
  expect(status).toBe(200);
  return members as Job;
}

function ended(draft: Draft): Promise<Job> {
  const over = async () => {
    const job = await jobOf(draft);
    return ['succeeded', 'failed', 'canceled'].includes(job.state) ? job : undefined;
  };
  return waitFor(over, { timeoutMs: 25_000, what: 'the publish job to end' });
}

function stepsOf(job: Job): Step[] {
  return job.steps as Step[];
}

it('answers every publish of one version, at one time and on any replica, with one job', async () => {
  const draft = await newDraft(await upload());
  const replicas = service.running.baseUrls.flatMap((url) => Array<string>(4).fill(url));
  const answers = await Promise.all(
    replicas.map((baseUrl) => writer.at(baseUrl).post(`${draft.path}/publish`)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
  expect(new Set(answers.map(({ members }) => members.id)).size).toBe(1);
  const job = await ended(draft);
  expect(job).toMatchObject({ id: answers[0]?.members.id, state: 'succeeded' });
  expect(stepsOf(job).map(({ attempt_count }) => attempt_count)).toEqual([1, 1, 1]);
  const again = await writer.post(`${draft.path}/publish`);
  expect([again.status, again.members]).toEqual([202, job]);
});

it('makes and publishes a version that is released, at one time and on any replica, by one job', async () => {
  const image = `image-${randomUUID()}`;
  const path = `/v1/images/${image}/versions/1.0`;
  const [disk, notes] = [await upload(), await upload()];
  const release = {
    artifacts: [
      {
        operating_system: 'linux',
        architecture: 'amd64',
        format: 'raw',
        primary_blob_digest: disk.digest,
        primary_blob_size_bytes: disk.sizeBytes,
        primary_media_type: 'application/octet-stream',
        attachments: [
          {
            name: 'notes',
            media_type: 'text/plain',
            blob_digest: notes.digest,
            blob_size_bytes: notes.sizeBytes,
          },
        ],
      },
    ],
    aliases: ['latest', 'stable'],
  };
  const replicas = service.running.baseUrls.flatMap((url) => Array<string>(3).fill(url));
  const answers = await Promise.all(
    replicas.map((baseUrl) => writer.at(baseUrl).post(`${path}/release`, release)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202));
  const [first] = answers;
  const jobId = String(first?.members.id);
  expect(answers.map(({ headers }) => headers.location)).toEqual(Array(6).fill(`/v1/publish-jobs/${jobId}`));
  expect(first?.members).toMatchObject({ image_name: image, aliases: ['latest', 'stable'] });
  const job = await ended({ image, path, artifactPath: '' });
  expect(job).toMatchObject({ id: jobId, state: 'succeeded' });
  for (const ref of release.aliases) {
    const manifest = await anonymous.get(`/v1/images/${image}/refs/${ref}`);
    expect(manifest.members).toMatchObject({ artifacts: [{ attachments: [{ name: 'notes' }] }] });
  }
  const again = await writer.post(`${path}/release`, release);
  expect([again.status, again.members]).toEqual([202, job]);
  const other = await writer.post(`${path}/release`, { ...release, aliases: ['latest'] });
  expect([other.status, other.members]).toEqual([409, expect.objectContaining({ pointer: '/aliases' })]);
});

it.each<[string, unknown, string]>([
  ['no artifacts', { artifacts: [] }, '/artifacts'],
  ['an artifact that is none', { artifacts: [null] }, '/artifacts'],
  ['attachments that are none', { artifacts: [{ attachments: ['x'] }] }, '/artifacts/0/operating_system'],
  ['more than is known', { artifacts: [], more: 1 }, '/more'],
  ['an alias that is no name', { artifacts: [], aliases: ['a/b'] }, '/artifacts'],
])('refuses a release with %s', async (_what, release, pointer) => {
  const refused = await writer.post('/v1/images/refused/versions/1.0/release', release);
  expect(refused).toMatchObject({ status: 400, members: { type: 'urn:imgsrv:problem:invalid-request' } });
  expect((refused.members.errors as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
  expect((await writer.get('/v1/images/refused')).status).toBe(404);
});

it('shows the job with its steps and a report', async () => {
  const draft = await newDraft(await upload());
  const published = await writer.post(`${draft.path}/publish`);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
  expect(published.members).toMatchObject({ image_name: draft.image, version: '1.0', created_at: time });
  const job = await ended(draft);
  expect(await writer.get(`/v1/publish-jobs/${job.id}`)).toMatchObject({ status: 200, members: job });
  expect(job).toMatchObject({ state: 'succeeded', started_at: time, finished_at: time });
  expect(job).not.toHaveProperty('failure_message');
  expect(job.steps).toEqual(
    [
      ['validate_catalog', 10],
      ['incus_index', 20],
      ['finalize_publish', 30],
    ].map(
      ([name, sequence]) =>
        expect.objectContaining({
          job_id: job.id,
          name,
          sequence,
          state: 'succeeded',
          blocking: true,
          attempt_count: 1,
          started_at: time,
          finished_at: time,
        }) as unknown,
    ),
  );
  expect(job.report).toEqual(
    ['incus', 'lxd'].map((client) => ({
      artifact_id: draft.artifactPath.split('/').at(-1),
      client,
      projected: false,
      reason: expect.stringContaining('raw') as string,
    })),
  );
});

describe('a publish is refused', () => {
  it('without artifacts', async () => {
    const draft = await newDraft(await upload());
    await writer.delete(draft.artifactPath);
    const refused = await writer.post(`${draft.path}/publish`);
    expect(refused).toMatchObject({ status: 412, members: { type: 'urn:imgsrv:problem:version-empty' } });
    expect((await writer.get(`${draft.path}/publish-job`)).status).toBe(404);
  });

  it('while bytes are missing, and names them', async () => {
    const known = await upload();
    const wrongSize = { ...(await upload()), sizeBytes: 7 };
    const absent = { digest: randomDigest(), sizeBytes: 1 };
    const draft = await newDraft(known);
    await attach(draft, 'a', absent);
    await attach(draft, 'b', wrongSize);
    const refused = await writer.post(`${draft.path}/publish`);
    expect(refused).toMatchObject({
      status: 412,
      members: {
        type: 'urn:imgsrv:problem:blobs-not-verified',
        missing_digests: [absent.digest, wrongSize.digest].sort(),
      },
    });
    expect((await writer.get(draft.path)).members).toMatchObject({ version: { state: 'draft' } });
  });

  it('of what is not there', async () => {
    expect((await writer.post('/v1/images/absent/versions/1.0/publish')).status).toBe(404);
    const { image } = await newDraft(await upload());
    expect((await writer.post(`/v1/images/${image}/versions/2.0/publish`)).status).toBe(404);
  });
});

it.each([
  ['GET', ''],
  ['POST', '/retry'],
  ['POST', '/cancel'],
])('%s of a job%s that is not there, or none of a publish', async (method, action) => {
  expect((await writer.send(method, `/v1/publish-jobs/${randomUUID()}${action}`)).status).toBe(404);
  expect((await writer.send(method, `/v1/publish-jobs/x${action}`)).status).toBe(400);
  await upload();
  const [job] = await executeSql<{ id: string }>(
    service.running.databaseUrl,
    `SELECT id FROM jobs WHERE kind <> 'publish_version' LIMIT 1`,
  );
  expect((await writer.send(method, `/v1/publish-jobs/${String(job?.id)}${action}`)).status).toBe(404);
});

it('publishes a gzip by what it holds', async () => {
  const disk = gzipSync(randomBytes(4096));
  const draft = await newDraft(await upload(disk), 'raw.gz');
  await writer.post(`${draft.path}/publish`);
  expect(await ended(draft)).toMatchObject({ state: 'succeeded' });

  const qcow2 = gzipSync(Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), randomBytes(600)]));
  const disguised = await newDraft(await upload(qcow2), 'raw.gz');
  await writer.post(`${disguised.path}/publish`);
  expect(await ended(disguised)).toMatchObject({
    state: 'failed',
    failure_message: expect.stringContaining('decompressed bytes are a qcow2 image') as string,
  });
});

describe('a publish fails for good', () => {
  it('when the bytes are not what they are declared to be, until it is given up and mended', async () => {
    const qcow2 = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), randomBytes(600)]);
    const draft = await newDraft(await upload(qcow2));
    await writer.post(`${draft.path}/publish`);
    const job = await ended(draft);
    expect(job).toMatchObject({
      state: 'failed',
      failed_step: 'validate_catalog',
      failure_message: expect.stringContaining('declared as raw but its bytes are a qcow2 image') as string,
    });
    expect(stepsOf(job).map(({ state, attempt_count }) => [state, attempt_count])).toEqual([
      ['failed', 1],
      ['queued', 0],
      ['queued', 0],
    ]);
    expect((await anonymous.get(draft.path)).status).toBe(404);
    expect((await writer.delete(draft.artifactPath)).members).toMatchObject({ current_state: 'publishing' });
    expect((await writer.post(`${draft.path}/publish`)).members).toMatchObject({
      id: job.id,
      state: 'failed',
    });

    expect((await writer.post(`/v1/publish-jobs/${job.id}/retry`)).status).toBe(202);
    const retried = await ended(draft);
    expect(retried).toMatchObject({ id: job.id, state: 'failed' });
    expect(stepsOf(retried)[0]).toMatchObject({ attempt_count: 2 });

    const canceled = await writer.post(`/v1/publish-jobs/${job.id}/cancel`);
    expect(canceled).toMatchObject({ status: 200, members: { state: 'canceled' } });
    for (const action of ['retry', 'cancel']) {
      const refused = await writer.post(`/v1/publish-jobs/${job.id}/${action}`);
      expect(refused).toMatchObject({ status: 412, members: { current_state: 'canceled' } });
    }
    expect((await writer.get(draft.path)).members).toMatchObject({ version: { state: 'draft' } });
    expect((await writer.delete(draft.path)).status).toBe(204);
    expect((await writer.get(`/v1/publish-jobs/${job.id}`)).status).toBe(404);
  });

  const ROOT_TAR_XZ = storeXz(tarMember({ name: 'etc/hostname' }, Buffer.from('tiny')));

  it.each<[string, string, Buffer, string]>([
    ['the metadata is none', 'amd64', randomBytes(500), 'Attachment incus.tar.xz of artifact linux amd64'],
    ['clients know no such architecture', 'pdp11', ROOT_TAR_XZ, 'knows no architecture "pdp11"'],
  ])('when %s', async (_what, architecture, metadata, message) => {
    const root = await upload(ROOT_TAR_XZ);
    const draft = await newDraft(root, 'rootfs.tar.xz', architecture);
    await attach(draft, 'incus.tar.xz', await upload(metadata));
    await writer.post(`${draft.path}/publish`);
    expect(await ended(draft)).toMatchObject({
      state: 'failed',
      failed_step: 'incus_index',
      failure_message: expect.stringContaining(message) as string,
    });
  });
});

/** A lock that each step, and none before it, waits for. */
const HOLDS = [
  ['validate_catalog', 'LOCK TABLE blobs IN ACCESS EXCLUSIVE MODE', [2, 1, 1]],
  ['incus_index', 'LOCK TABLE stream_reports IN ACCESS EXCLUSIVE MODE', [1, 2, 1]],
  ['finalize_publish', `SELECT FROM versions WHERE state = 'publishing' FOR SHARE`, [1, 1, 2]],
] as const;

it.each(HOLDS)('goes on from %s when the worker is killed in it', async (step, hold, attempts) => {
  const draft = await newDraft(await upload());
  const connection = await TestConnection.open(service.running.databaseUrl);
  signalWorkers('SIGSTOP');
  await writer.post(`${draft.path}/publish`);
  const holding = connection.holding(hold, [], async () => {
    signalWorkers('SIGCONT');
    await waitFor(() => isRunning(draft, step), { what: `${step} to run` });
    signalWorkers('SIGKILL');
    await Promise.all(service.running.workers.map(({ exited }) => exited));
  });
  await holding.finally(() => connection.close());
  await service.running.startWorker();
  const job = await ended(draft);
  expect(job).toMatchObject({ state: 'succeeded' });
  expect(stepsOf(job).map(({ attempt_count }) => attempt_count)).toEqual(attempts);
  expect((await anonymous.get(draft.path)).status).toBe(200);
});

function signalWorkers(signal: NodeJS.Signals): void {
  service.running.workers
    .filter((worker) => worker.isRunning)
    .forEach((worker) => {
      worker.kill(signal);
    });
}

/** Read from the database itself: what the test holds may hold the api as well. */
async function isRunning({ image }: Draft, step: string): Promise<boolean> {
  const [found] = await executeSql<{ state: string }>(
    service.running.databaseUrl,
    `SELECT s.state FROM job_steps s JOIN publish_jobs p ON p.job_id = s.job_id
       JOIN versions v ON v.id = p.version_id JOIN images i ON i.id = v.image_id
      WHERE i.name = $1 AND s.name = $2`,
    [image, step],
  );
  return found?.state === 'running';
}
