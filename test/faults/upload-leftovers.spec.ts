import { rm } from 'node:fs/promises';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { RawConnection } from '../contract/raw-connection.js';
import { HttpClient } from '../support/http-client.js';
import {
  begin,
  complete,
  digestOf,
  listParts,
  putPart,
  sendPart,
  sessionOf,
  settled,
  SMALLEST_PART_BYTES,
  someBytes,
  upload,
} from '../contract/upload-steps.js';
import { waitFor } from '../support/wait-for.js';
import { filesIn } from './store-files.js';
import { TestConnection } from '../support/test-connection.js';
import { killNow } from './workers.js';

jest.setTimeout(60_000);

describe('what an upload leaves in the store', () => {
  let service: ContractService;
  let connection: TestConnection;

  beforeAll(async () => {
    service = await startContractService();
    connection = await TestConnection.open(service.running.databaseUrl);
  });

  afterAll(async () => {
    await connection.close();
    await service.stop();
  });

  async function filesOf(digest: string): Promise<readonly string[]> {
    const hex = digest.slice('sha256:'.length);
    return (await filesIn(service.running.storageDir))
      .map(({ path }) => path)
      .filter((path) => path.includes(hex));
  }

  async function waitUntilNothingIsLeft(digest: string): Promise<void> {
    let left: readonly string[] = [];
    await waitFor(async () => (left = await filesOf(digest)).length === 0, {
      what: () => `the store to hold nothing of the upload; there is ${left.join(' ')}`,
    });
  }

  it('is one object when two uploads bring the same bytes at the same time', async () => {
    const bytes = someBytes(SMALLEST_PART_BYTES);
    const digest = digestOf(bytes);
    const sessions = await Promise.all([1, 2, 3].map(() => begin(service.writer, bytes)));
    const parts = await Promise.all(sessions.map(({ id }) => sendPart(service.writer, id, 1, bytes)));
    const completed = await Promise.all(
      sessions.map(({ id }, index) => complete(service.writer, id, parts.slice(index, index + 1))),
    );
    expect(completed.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { id } of sessions) {
      const { state, failure } = await settled(service.writer, id);
      expect({ state, failure }).toEqual({ state: 'ready' });
    }
    const rows = await connection.rows<{ storage_key: string }>(
      'SELECT storage_key FROM blobs WHERE digest = $1',
      [digest],
    );
    expect(rows).toHaveLength(1);
    const winner = rows[0]?.storage_key ?? 'none';
    await waitFor(async () => (await filesOf(digest)).every((path) => path.includes(winner)), {
      what: 'the other generations to be gone',
    });
    const { status, bytes: stored } = await service.writer.get(`/v1/blobs/${digest}`);
    expect(status).toBe(200);
    expect(stored.equals(bytes)).toBe(true);
  });

  it('is not touched by a repeated upload of what is there', async () => {
    const bytes = someBytes();
    await upload(service.writer, bytes);
    const before = await filesOf(digestOf(bytes));
    const again = await service.writer.post('/v1/uploads', {
      expected_digest: digestOf(bytes),
      expected_size_bytes: bytes.length,
    });
    expect(again).toMatchObject({ status: 200, json: { state: 'ready' } });
    expect(await filesOf(digestOf(bytes))).toEqual(before);
  });

  it('is nothing when the bytes have another digest, and the session says so', async () => {
    const announced = digestOf(someBytes());
    const bytes = someBytes();
    const { id } = await begin(service.writer, bytes, { expected_digest: announced });
    await complete(service.writer, id, [await sendPart(service.writer, id, 1, bytes)]);
    const session = await settled(service.writer, id);
    expect(session).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
    expect(session.failure?.detail).toContain(digestOf(bytes));
    await waitUntilNothingIsLeft(announced);
    expect((await service.writer.get(`/v1/blobs/${announced}`)).status).toBe(404);
    expect((await service.writer.get(`/v1/blobs/${digestOf(bytes)}`)).status).toBe(404);
  });

  it('is nothing when the bytes are more or fewer than announced and the client gives up', async () => {
    const bytes = someBytes(500);
    const more = await begin(service.writer, bytes, { expected_size_bytes: 499 });
    expect((await putPart(service.writer, more.id, 1, bytes)).status).toBe(413);
    const fewer = await begin(service.writer, bytes, { expected_size_bytes: 501 });
    const part = await sendPart(service.writer, fewer.id, 1, bytes);
    expect((await complete(service.writer, fewer.id, [part])).status).toBe(412);
    for (const { id } of [more, fewer]) {
      expect((await service.writer.post(`/v1/uploads/${id}/abort`)).status).toBe(200);
    }
    await waitUntilNothingIsLeft(digestOf(bytes));
  });

  it('is nothing when bytes are lost before they were verified: the upload fails, others do not', async () => {
    const [worker] = service.running.workers.filter(({ isRunning }) => isRunning);
    worker?.kill('SIGSTOP');
    const bytes = someBytes();
    const { id } = await begin(service.writer, bytes);
    await complete(service.writer, id, [await sendPart(service.writer, id, 1, bytes)]);
    for (const path of await filesOf(digestOf(bytes))) {
      await rm(path.slice(0, path.indexOf('/_object')), { recursive: true, force: true });
    }
    worker?.kill('SIGCONT');
    expect(await settled(service.writer, id)).toMatchObject({
      state: 'failed',
      failure: { code: 'upload-lost' },
    });
    expect(await upload(service.writer, bytes)).toMatchObject({ state: 'ready' });
  });

  it('is nothing once the client aborted it, half a part included', async () => {
    const bytes = someBytes(SMALLEST_PART_BYTES);
    const { id } = await begin(service.writer, bytes);
    await sendPart(service.writer, id, 1, bytes);
    expect(await filesOf(digestOf(bytes))).not.toEqual([]);
    expect((await service.writer.post(`/v1/uploads/${id}/abort`)).json).toMatchObject({ state: 'aborted' });
    await waitUntilNothingIsLeft(digestOf(bytes));
  });

  it('is nothing once its time is over, and others stay', async () => {
    // Maintenance looks when a worker starts; until then the expired uploads wait.
    for (const worker of service.running.workers) {
      if (worker.isRunning) await killNow(worker);
    }
    const [empty, whole, begun, sent, alive] = [
      someBytes(),
      someBytes(),
      someBytes(),
      someBytes(SMALLEST_PART_BYTES),
      someBytes(),
    ];
    const hasty = await service.running.startApi(['--upload-ttl', '1s']);
    const brief = await begin(new HttpClient(hasty.url, service.writer.token), empty);
    const cutOff = await RawConnection.open(hasty.url);
    cutOff.request(`PUT /v1/blobs/${digestOf(whole)}`, [
      `Authorization: Bearer ${service.writer.token ?? ''}`,
      `Content-Length: ${whole.length}`,
    ]);
    cutOff.write(whole.subarray(0, 50));
    await waitFor(async () => (await filesOf(digestOf(whole))).length > 0, {
      what: 'a file of the one request',
    });
    await killNow(hasty);
    const ids = [brief.id];
    for (const bytes of [begun, sent]) {
      const { id } = await begin(service.writer, bytes);
      await sendPart(service.writer, id, 1, bytes);
      ids.push(id);
    }
    const { id: living } = await begin(service.writer, alive);
    await sendPart(service.writer, living, 1, alive);
    await connection.rows(`UPDATE upload_sessions SET expires_at = now() WHERE id = ANY ($1) AND id <> $2`, [
      ids,
      brief.id,
    ]);
    await waitFor(async () => (await sessionOf(service.writer, brief.id)).state === 'aborted', {
      what: 'the upload of a second to expire',
    });
    for (const id of ids) {
      expect((await putPart(service.writer, id, 2, begun)).status).toBe(412);
      const [part = { part_number: 1, etag: 'x', size_bytes: 1 }] = await listParts(service.writer, id);
      expect((await complete(service.writer, id, [part])).status).toBe(412);
    }
    await service.running.startWorker();
    for (const id of ids) {
      await waitFor(async () => (await sessionOf(service.writer, id)).state === 'aborted', {
        what: 'the expired upload to be aborted',
      });
    }
    await waitUntilNothingIsLeft(digestOf(empty));
    await waitUntilNothingIsLeft(digestOf(begun));
    await waitUntilNothingIsLeft(digestOf(sent));
    await waitUntilNothingIsLeft(digestOf(whole));
    expect(await sessionOf(service.writer, living)).toMatchObject({ state: 'uploading' });
    expect(await filesOf(digestOf(alive))).not.toEqual([]);
    await killNow(hasty);
  });
});
