import { randomUUID } from 'node:crypto';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import { findListedFile } from '../fixtures/listed-file.js';
import { waitFor } from '../support/wait-for.js';
import { TestConnection } from '../support/test-connection.js';
import { unifiedImage } from './unified-image.js';
import { VisibilityWatch } from './visibility-watch.js';
import { holderOf, killNow, type NamedWorker, startNamedWorker } from './workers.js';

interface PublishJob {
  readonly id: string;
  readonly state: string;
  readonly failure_message?: string;
  readonly steps: readonly {
    readonly name: string;
    readonly state: string;
    readonly attempt_count: number;
    readonly failure_message?: string;
  }[];
}

interface Draft {
  readonly name: string;
  readonly hex: string;
}

const FLAGS = ['--job-lease', '2s', '--cas-promotion-poll-interval', '500ms'];

jest.setTimeout(60_000);

describe('a worker that is killed while it publishes', () => {
  let service: ContractService;
  let connection: TestConnection;
  let workers: NamedWorker[];

  beforeAll(async () => {
    service = await startContractService({ workers: 0 });
    workers = await Promise.all([1, 2].map(() => startNamedWorker(service.running, FLAGS)));
    connection = await TestConnection.open(service.running.databaseUrl);
  });

  afterAll(async () => {
    await connection.close();
    await service.stop();
  });

  async function draft(): Promise<Draft> {
    const name = `image-${randomUUID()}`;
    const bytes = await unifiedImage();
    const { publisher } = service;
    await publisher.createImage(name);
    await publisher.createVersion(name, '1.0');
    const blob = await publisher.uploadFile(bytes);
    await publisher.addArtifact(name, '1.0', { format: 'incus.tar.gz', blob });
    return { name, hex: digestOf(bytes).slice('sha256:'.length) };
  }

  /** What anyone sees, the last to appear first. */
  async function look({ name, hex }: Draft): Promise<readonly boolean[]> {
    const { anonymous } = service;
    const path = await findListedFile(anonymous, hex);
    return [
      path !== undefined,
      path !== undefined && (await anonymous.head(path)).status === 200,
      (await anonymous.get(`/v1/images/${name}/versions/1.0`)).status === 200,
      (await anonymous.get(`/v1/images/${name}`)).status === 200,
      (await anonymous.head(`/v1/blobs/sha256:${hex}`)).status === 200,
    ];
  }

  /**
   * A listed product has its file, a manifest and its bytes. Looked at in that order, because the publish may come
   * between two looks.
   */
  function watch(image: Draft): VisibilityWatch {
    return new VisibilityWatch(async () => {
      const visible = await look(image);
      const isWhole = visible.every((value, index) => !value || visible.slice(index).every(Boolean));
      return isWhole ? undefined : `half visible: ${JSON.stringify(visible)}`;
    });
  }

  async function publishJob(id: string): Promise<PublishJob> {
    const { status, json } = await service.writer.get(`/v1/publish-jobs/${id}`);
    expect(status).toBe(200);
    return json as PublishJob;
  }

  /** What keeps each step from going on: a lock on something that it has to read or write. */
  it.each([
    {
      step: 'validate_catalog',
      lock: 'LOCK TABLE artifacts IN ACCESS EXCLUSIVE MODE',
      attempts: [2, 1, 1],
    },
    { step: 'incus_index', lock: 'LOCK TABLE stream_reports IN SHARE MODE', attempts: [1, 2, 1] },
    {
      step: 'finalize_publish',
      lock: `LOCK TABLE versions IN SHARE MODE`,
      attempts: [1, 1, 2],
    },
  ])(
    'in $step: another one goes on there, and nobody sees half a version',
    async ({ step, lock, attempts }) => {
      const image = await draft();
      const watching = watch(image);
      // Until the lock is held nobody may begin.
      const { json } = await pausing(async () => {
        const answer = await service.writer.post(`/v1/images/${image.name}/versions/1.0/publish`);
        expect(answer.status).toBe(202);
        return answer;
      });
      const { id } = json as PublishJob;
      await connection.holding(lock, [], async () => {
        workers.forEach((worker) => {
          worker.process.kill('SIGCONT');
        });
        const victim = await holderOf(connection, 'publish_version', workers);
        await waitFor(async () => isInside(id, step), { what: `the worker to be inside ${step}` });
        await killNow(victim.process);
        workers = workers.filter((worker) => worker !== victim);
      });

      const job = await waitFor(
        async () => {
          const latest = await publishJob(id);
          return latest.state === 'succeeded' ? latest : undefined;
        },
        { timeoutMs: 25_000, what: 'the other worker to publish the version' },
      );
      expect(job.steps.map(({ attempt_count }) => attempt_count)).toEqual(attempts);
      expect(job.steps.every(({ state }) => state === 'succeeded')).toBe(true);
      expect(job.failure_message).toBeUndefined();
      await waitFor(
        async () => (await service.anonymous.get('/streams/v1/images.json')).bytes.includes(image.hex),
        { what: 'the image to be listed' },
      );
      await watching.expectNone();
      expect(await look(image)).toEqual([true, true, true, true, true]);
      workers.push(await startNamedWorker(service.running, FLAGS));
    },
  );

  /** Stops the workers as they are, so that no job begins. */
  async function pausing<T>(work: () => Promise<T>): Promise<T> {
    workers.forEach((worker) => {
      worker.process.kill('SIGSTOP');
    });
    return work();
  }

  /** The step runs, and a statement of it waits for the lock of the test. */
  async function isInside(jobId: string, step: string): Promise<boolean> {
    return (
      (await connection.blocksSomebody()) &&
      (await connection.count(`SELECT FROM job_steps WHERE job_id = $1 AND name = $2 AND state = 'running'`, [
        jobId,
        step,
      ])) === 1
    );
  }
});
