import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { digestOf, someBytes } from '../contract/upload-steps.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { filesIn } from './store-files.js';
import { killNow, startNamedWorker } from './workers.js';

jest.setTimeout(120_000);

const FLAGS = ['--job-lease', '1s', '--blob-grace', '1ms', '--cas-promotion-circuit-breaker-cooldown', '1s'];
/** So many that removing them takes a while. */
const FILES = 5000;

/** With collection at its most eager: what nothing refers to is due as soon as it was found. */
describe('a collection that is cut off', () => {
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

  const isBlob = async (digest: string): Promise<boolean> =>
    (await connection.count('SELECT FROM blobs WHERE digest = $1', [digest])) > 0;

  async function filesOf(digest: string): Promise<number> {
    const hex = digest.slice('sha256:'.length);
    return (await filesIn(service.running.storageDir)).filter(({ path }) => path.includes(hex)).length;
  }

  /** Queues one collection to find the candidates and, with their grace over, one to remove them. */
  async function queueCollection(): Promise<void> {
    await connection.rows(
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('collect_blobs', '{"isRequested": true}', 20)`,
    );
  }

  async function uploadedBefore(bytes: Buffer): Promise<string> {
    const worker = await startNamedWorker(service.running, ['--job-lease', '1s']);
    const { digest } = await service.publisher.uploadFile(bytes);
    await killNow(worker.process);
    await connection.rows(
      `INSERT INTO collection_candidates (digest, since, review_after) VALUES ($1, '2020-01-01', '2020-01-02')`,
      [digest],
    );
    return digest;
  }

  it('by kill -9 while an object is being removed: no row without bytes, and in the end nothing is left', async () => {
    const bytes = someBytes();
    const digest = await uploadedBefore(bytes);
    const [row] = await connection.rows<{ storage_key: string }>('SELECT storage_key FROM blobs');
    const folder = join(service.running.storageDir, 'objects', row?.storage_key ?? '');
    const junk = join(folder, '_object', 'junk');
    await mkdir(junk);
    for (let n = 0; n < FILES; n += 1) writeFileSync(join(junk, `${n}`), '');
    await queueCollection();
    const first = await startNamedWorker(service.running, FLAGS);
    await waitFor(
      async () => (await readdir(folder).catch(() => [])).some((name) => name.startsWith('_removed-')),
      { intervalMs: 1, what: 'the object to be taken away' },
    );
    await killNow(first.process);
    expect(await isBlob(digest)).toBe(false);
    expect(await filesOf(digest)).toBeGreaterThan(0);
    expect(
      await connection.count(`SELECT FROM jobs WHERE kind = 'discard_object' AND state = 'running'`),
    ).toBe(1);

    await startNamedWorker(service.running, FLAGS);
    expect((await service.publisher.uploadFile(bytes)).digest).toBe(digest);
    await waitFor(
      async () =>
        (await connection.count(
          `SELECT FROM jobs WHERE kind = 'discard_object' AND state <> 'succeeded'`,
        )) === 0,
      { what: 'the removal to be done by another worker' },
    );
    await sweepAfterItsGrace();
    await waitFor(async () => (await readdir(folder).catch(() => [])).length === 0, {
      what: 'the rest of the removal to be swept',
    });
  });

  /** Makes the next sweep due, until what it notes is removed. */
  async function sweepAfterItsGrace(): Promise<void> {
    for (const round of [1, 2]) {
      await waitFor(
        async () =>
          (await connection.count(
            'SELECT FROM store_sweep WHERE ended_at IS NOT NULL AND next_partition = 0',
          )) > 0,
        { what: `sweep ${round}` },
      );
      await connection.rows(`UPDATE stray_objects SET first_seen_at = first_seen_at - interval '2 hours'`);
      await connection.rows('UPDATE store_sweep SET ended_at = NULL');
      await connection.rows(
        `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('sweep_store', '{}', 20)`,
      );
    }
  }

  it('by a store that goes away: rows go, and their objects once it is back, by whichever worker', async () => {
    const bytes = someBytes();
    const digest = await uploadedBefore(bytes);
    const objects = join(service.running.storageDir, 'objects');
    const first = await startNamedWorker(service.running, FLAGS);
    await rename(objects, `${objects}-away`);
    await queueCollection();
    await waitFor(async () => !(await isBlob(digest)), { what: 'the row to go' });
    await waitFor(
      async () =>
        (await connection.count(
          `SELECT FROM jobs WHERE kind = 'discard_object' AND state = 'queued' AND last_error IS NOT NULL`,
        )) > 0,
      { what: 'the removal to meet the outage' },
    );
    expect(digestOf(bytes)).toBe(digest);
    expect(await filesOf(digest)).toBeGreaterThan(0);
    await killNow(first.process);
    await rename(`${objects}-away`, objects);
    await startNamedWorker(service.running, FLAGS);
    await waitFor(async () => (await filesOf(digest)) === 0, { what: 'the object to be removed' });
  });
});
