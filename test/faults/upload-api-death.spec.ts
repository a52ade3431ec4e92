import { type ContractService, startContractService } from '../contract/contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { RawConnection } from '../contract/raw-connection.js';
import {
  begin,
  complete,
  listParts,
  sendPart,
  sessionOf,
  settled,
  SMALLEST_PART_BYTES,
  someBytes,
} from '../contract/upload-steps.js';
import type { ServiceProcess } from '../support/service-process.js';
import { waitFor } from '../support/wait-for.js';
import { filesIn } from './store-files.js';
import { TestConnection } from '../support/test-connection.js';
import { killNow } from './workers.js';

jest.setTimeout(60_000);

describe('an api that is killed during an upload', () => {
  let service: ContractService;
  let connection: TestConnection;
  let victims: ServiceProcess[];
  const parts = [someBytes(SMALLEST_PART_BYTES), someBytes(SMALLEST_PART_BYTES + 1), someBytes(777)];
  let bytes: Buffer;

  beforeAll(async () => {
    service = await startContractService();
    connection = await TestConnection.open(service.running.databaseUrl);
    victims = [];
    // Two at a time: they compete for the processor while they start.
    for (let pair = 0; pair < 3; pair += 1) {
      victims.push(...(await Promise.all([1, 2].map(() => service.running.startApi()))));
    }
  });

  afterAll(async () => {
    await connection.close();
    await service.stop();
  });

  beforeEach(() => {
    // Another digest in each test.
    parts[2] = someBytes(777);
    bytes = Buffer.concat(parts);
  });

  function nextVictim(): { readonly process: ServiceProcess; readonly client: HttpClient } {
    const process = victims.pop();
    if (process === undefined) {
      throw new Error('no api is left to be killed');
    }
    return { process, client: new HttpClient(process.url, service.writer.token) };
  }

  /** What a client does that knows nothing but the id: through another api it sends what is not listed, and completes. */
  async function resume(id: string): Promise<void> {
    const listed = new Set((await listParts(service.writer, id)).map(({ part_number }) => part_number));
    for (const [index, part] of parts.entries()) {
      if (!listed.has(index + 1)) {
        await sendPart(service.writer, id, index + 1, part);
      }
    }
    const completed = await complete(service.writer, id, await listParts(service.writer, id));
    expect(completed.status).toBe(200);
  }

  async function expectVerified(id: string): Promise<void> {
    expect(await settled(service.writer, id)).toMatchObject({ state: 'ready', bytes_received: bytes.length });
    const { expected_digest } = (await sessionOf(service.writer, id)) as unknown as {
      expected_digest: string;
    };
    const { status, bytes: stored } = await service.writer.get(`/v1/blobs/${expected_digest}`);
    expect(status).toBe(200);
    expect(stored.equals(bytes)).toBe(true);
    expect(await connection.count('SELECT FROM blobs WHERE digest = $1', [expected_digest])).toBe(1);
    expect((await filesIn(service.running.storageDir)).filter(({ path }) => /incoming/.test(path))).toEqual(
      [],
    );
  }

  it.each([
    { when: 'after the begin', partsSent: 0 },
    { when: 'after the first part', partsSent: 1 },
    { when: 'after the second part', partsSent: 2 },
  ])('$when: the client goes on through another one', async ({ partsSent }) => {
    const victim = nextVictim();
    const { id } = await begin(victim.client, bytes);
    for (const [index, part] of parts.slice(0, partsSent).entries()) {
      await sendPart(victim.client, id, index + 1, part);
    }
    await killNow(victim.process);
    expect(await listParts(service.writer, id)).toHaveLength(partsSent);
    await resume(id);
    await expectVerified(id);
  });

  it('in the middle of a part: the part does not count, and is sent again', async () => {
    const victim = nextVictim();
    const { id } = await begin(victim.client, bytes);
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = parts;
    await sendPart(victim.client, id, 1, first);
    const raw = await RawConnection.open(victim.client.baseUrl);
    raw.request(`PUT /v1/uploads/${id}/parts/2`, [
      `Authorization: Bearer ${victim.client.token ?? ''}`,
      `Content-Length: ${second.length}`,
    ]);
    raw.write(second.subarray(0, second.length / 2));
    await waitFor(
      async () =>
        (await filesIn(service.running.storageDir)).some(
          ({ path, sizeBytes }) => path.includes('incoming') && sizeBytes > 0,
        ),
      { what: 'half a part to be in the store' },
    );
    await killNow(victim.process);
    await raw.closed();
    expect(raw.text).toBe('');
    expect((await listParts(service.writer, id)).map(({ part_number }) => part_number)).toEqual([1]);
    await resume(id);
    await expectVerified(id);
  });

  it('in the middle of the complete, when the store has assembled it: completing again finishes it', async () => {
    const victim = nextVictim();
    const { id } = await begin(victim.client, bytes);
    for (const [index, part] of parts.entries()) {
      await sendPart(victim.client, id, index + 1, part);
    }
    const listed = await listParts(victim.client, id);
    await connection.holding('SELECT FROM upload_sessions WHERE id = $1 FOR UPDATE', [id], async () => {
      const outcome = complete(victim.client, id, listed).then(
        ({ status }) => status,
        () => 'broken',
      );
      await waitFor(() => connection.blocksSomebody(), { what: 'the complete to reach the database' });
      await killNow(victim.process);
      expect(await outcome).toBe('broken');
    });
    expect(await sessionOf(service.writer, id)).toMatchObject({ state: 'uploading' });
    await resume(id);
    await expectVerified(id);
  });

  it('after the complete: the worker verifies it, and a repeated complete is no harm', async () => {
    const victim = nextVictim();
    const { id } = await begin(victim.client, bytes);
    for (const [index, part] of parts.entries()) {
      await sendPart(victim.client, id, index + 1, part);
    }
    const listed = await listParts(victim.client, id);
    expect((await complete(victim.client, id, listed)).status).toBe(200);
    await killNow(victim.process);
    expect((await complete(service.writer, id, listed)).status).toBe(200);
    await expectVerified(id);
    expect((await complete(service.writer, id, listed)).json).toMatchObject({ state: 'ready' });
    expect(
      await connection.count(`SELECT FROM jobs WHERE kind = 'ingest_blob' AND payload ->> 'uploadId' = $1`, [
        id,
      ]),
    ).toBe(1);
  });
});
