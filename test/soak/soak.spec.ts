import { setTimeout as delay } from 'node:timers/promises';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { filesIn } from '../faults/store-files.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { HttpClient } from '../support/http-client.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { SoakClient, type SoakTally } from './soak-client.js';

/** `IMGSRV_TEST_SOAK_MINUTES=30 npx jest test/soak` is the long form. */
const DURATION_MS = Number(process.env.IMGSRV_TEST_SOAK_MINUTES ?? '0.1') * 60_000;
const CLIENTS = 4;
const SAMPLES = 60;
/** What the clients have published at once is a tenth of it. */
const LARGEST_STORE_BYTES = 64 * 2 ** 20;
const RESTORE_WINDOW_MS = 1000;
const FLAGS = [
  ['--blob-grace', '200ms'],
  ['--withdrawal-restore-window', `${RESTORE_WINDOW_MS}ms`],
  ['--job-lease', '5s'],
  ['--cas-promotion-poll-interval', '200ms'],
].flat();

jest.setTimeout(DURATION_MS + 240_000);

/** With nothing kept longer than it must be. */
describe('a service that publishes, withdraws and collects all the time', () => {
  let service: ContractService;
  let storage: HttpClient;
  let connection: TestConnection;

  beforeAll(async () => {
    service = await startContractService({ apis: 2, workers: 2, flags: FLAGS });
    storage = await enroll(service, ['storage-manager']);
    connection = await TestConnection.open(service.running.databaseUrl);
  }, 60_000);
  afterAll(async () => {
    await connection.close();
    await service.stop();
  }, 60_000);

  it('serves every byte of what is published, and keeps nothing else', async () => {
    const tally: SoakTally = {
      ...{
        published: 0,
        broughtAgain: 0,
        withdrawn: 0,
        restored: 0,
        downloads: 0,
        uploadedBytes: 0,
        downloadedBytes: 0,
        gone: 0,
      },
      failures: [],
    };
    const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => newClient(index, tally)));
    const endsAt = performance.now() + DURATION_MS;
    // However slow the machine is, everything is done at least once.
    const isOver = (): boolean => performance.now() >= endsAt && tally.withdrawn > 1 && tally.downloads > 1;
    const storedBytes: number[] = [];
    await Promise.all([
      ...clients.map((client) => client.run(isOver)),
      collectAllTheTime(isOver),
      sampleDisk(storedBytes, isOver),
    ]);
    await Promise.all(clients.map((client) => client.readAll()));
    const figures = {
      minutes: DURATION_MS / 60_000,
      ...tally,
      stored_kib: storedBytes.map((size) => Math.round(size / 1024)),
    };
    process.stderr.write(`soak: ${JSON.stringify(figures)}\n`);
    expect(tally.failures).toEqual([]);
    expect(Math.max(...storedBytes)).toBeLessThan(LARGEST_STORE_BYTES);
    let left = NaN;
    await waitFor(async () => (left = await leftOver()) === 0, {
      timeoutMs: 60_000,
      intervalMs: 500,
      what: () => `what nothing refers to any more to be removed: ${left} bytes are left`,
    });
    await Promise.all(clients.map((client) => client.readAll()));
    expect(tally.failures).toEqual([]);
    expect(await connection.count(`SELECT FROM jobs WHERE state = 'failed'`)).toBe(0);
  });

  async function newClient(index: number, tally: SoakTally): Promise<SoakClient> {
    const image = `soak-${index}`;
    const { baseUrls, bootstrapToken } = service.running;
    const baseUrl = baseUrls[index % baseUrls.length] ?? '';
    const publisher = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
    await publisher.createImage(image);
    const admin = await enroll(service, ['content-writer', 'content-admin']);
    if (index % 2 === 0) {
      const policy = { keep_newest: 3, keep_aliased: true };
      expect((await admin.put(`/v1/images/${image}/retention`, policy)).status).toBeLessThan(300);
    }
    const apis = baseUrls.map((url) => new HttpClient(url));
    return new SoakClient(image, publisher, admin, apis, tally);
  }

  /** All of it begins by itself too, but not as often. */
  async function collectAllTheTime(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await collectNow();
      await delay(500);
    }
  }

  async function collectNow(): Promise<void> {
    expect((await storage.post('/v1/storage/collections')).status).toBe(202);
    await connection.rows(
      `INSERT INTO jobs (kind, payload, max_attempts)
         SELECT kind, '{}', 5 FROM unnest($1::text[]) AS wanted (kind)
          WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.kind = wanted.kind AND j.state IN ('queued', 'running'))`,
      [['apply_retention', 'release_withdrawn', 'sweep_store']],
    );
  }

  async function sampleDisk(storedBytes: number[], isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await delay(DURATION_MS / SAMPLES);
      storedBytes.push(await objectBytes());
    }
  }

  /** Without the records of the catalogue, which grow with it. */
  async function objectBytes(): Promise<number> {
    const files = await filesIn(service.running.storageDir);
    return files
      .filter(({ path }) => !path.includes('/records/'))
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Bytes in the store beyond those of the blobs that a version refers to that is not withdrawn. */
  async function leftOver(): Promise<number> {
    await collectNow();
    const [row] = await connection.rows<{ bytes: number }>(
      `SELECT coalesce(sum(b.size_bytes), 0)::float8 AS bytes FROM blobs b WHERE b.digest IN (
         SELECT a.primary_blob_digest FROM artifacts a JOIN versions v ON v.id = a.version_id WHERE v.withdrawn_at IS NULL
         UNION SELECT t.blob_digest FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
           JOIN versions v ON v.id = a.version_id WHERE v.withdrawn_at IS NULL)`,
    );
    return (await blobBytes()) - (row?.bytes ?? NaN);
  }

  async function blobBytes(): Promise<number> {
    const files = await filesIn(service.running.storageDir);
    return files
      .filter(({ path }) => path.includes('/blobs/') && !path.endsWith('manifest.json'))
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
});
