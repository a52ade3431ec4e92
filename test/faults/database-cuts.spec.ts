import { randomUUID } from 'node:crypto';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import type { Answer } from '../support/http-client.js';
import { digestOf, SMALLEST_PART_BYTES, someBytes } from '../contract/upload-steps.js';
import { waitFor } from '../support/wait-for.js';
import { TestConnection } from '../support/test-connection.js';
import { VisibilityWatch } from './visibility-watch.js';

const FLAGS = ['--cas-promotion-error-backoff', '50ms', '--cas-promotion-error-backoff-max', '200ms'];
const CLIENTS = 4;
const CUTS = 25;

jest.setTimeout(60_000);

describe('a service whose database connections are cut again and again', () => {
  let service: ContractService;
  let connection: TestConnection;

  beforeAll(async () => {
    service = await startContractService({ apis: 2, workers: 2, flags: FLAGS });
    connection = await TestConnection.open(service.running.databaseUrl);
  });

  afterAll(async () => {
    await connection.close();
    await service.stop();
  });

  /** Repeats a call until it succeeds, as a client would; only an answer that asks for that may be in between. */
  async function insist(call: () => Promise<Answer>, done: readonly number[]): Promise<Answer> {
    return waitFor(
      async () => {
        const answer = await call();
        if (done.includes(answer.status)) {
          return answer;
        }
        expect(answer).toMatchObject({
          status: 503,
          headers: { 'retry-after': expect.any(String) as string },
          json: { type: 'urn:imgsrv:problem:dependency-unavailable' },
        });
        return undefined;
      },
      { timeoutMs: 40_000, what: 'a call to get through' },
    );
  }

  /** From an empty image to a published version; every call may be repeated. */
  async function publishThrough(): Promise<{ name: string; digest: string }> {
    const { writer } = service;
    const name = `image-${randomUUID()}`;
    const parts = [someBytes(SMALLEST_PART_BYTES), someBytes(1000)];
    parts[0]?.write('plain');
    const bytes = Buffer.concat(parts);
    const digest = digestOf(bytes);
    // A create whose answer was lost is there: 409.
    await insist(() => writer.post('/v1/images', { name }), [201, 409]);
    await insist(() => writer.post(`/v1/images/${name}/versions`, { version: '1' }), [201, 409]);
    const announced = { expected_digest: digest, expected_size_bytes: bytes.length };
    const { json } = await insist(() => writer.post('/v1/uploads', announced), [201]);
    const { id } = json as { id: string };
    for (const [index, body] of parts.entries()) {
      await insist(() => writer.send('PUT', `/v1/uploads/${id}/parts/${index + 1}`, { body }), [200]);
    }
    const listed = await insist(() => writer.get(`/v1/uploads/${id}/parts`), [200]);
    const { parts: received } = listed.json as {
      parts: { part_number: number; etag: string; size_bytes: number }[];
    };
    const named = received.map(({ part_number: number, etag, size_bytes }) => ({ number, etag, size_bytes }));
    await insist(() => writer.post(`/v1/uploads/${id}/complete`, { parts: named }), [200]);
    await waitFor(
      async () => {
        const session = await insist(() => writer.get(`/v1/uploads/${id}`), [200]);
        expect(session).not.toMatchObject({ json: { state: 'failed' } });
        return (session.json as { state: string }).state === 'ready';
      },
      { timeoutMs: 40_000, what: 'the upload to be verified' },
    );
    const artifact = {
      operating_system: 'tiny',
      architecture: 'x86_64',
      format: 'raw',
      primary_blob_digest: digest,
      primary_blob_size_bytes: bytes.length,
      primary_media_type: 'application/octet-stream',
    };
    await insist(() => writer.post(`/v1/images/${name}/versions/1/artifacts`, artifact), [201, 409]);
    await insist(() => writer.post(`/v1/images/${name}/versions/1/publish`), [202]);
    await waitFor(
      async () => {
        const job = await insist(() => writer.get(`/v1/images/${name}/versions/1/publish-job`), [200]);
        expect(job).not.toMatchObject({ json: { state: 'failed' } });
        return (job.json as { state: string }).state === 'succeeded';
      },
      { timeoutMs: 40_000, what: 'the version to be published' },
    );
    return { name, digest };
  }

  it('answers 503 meanwhile, and every upload and publish gets through', async () => {
    let working = true;
    let cuts = 0;
    const cutting = new VisibilityWatch(async () => {
      if (working && cuts < CUTS && (await connection.cutAll()) > 0) {
        cuts += 1;
      }
      return undefined;
    });
    const published = await Promise.all(Array.from({ length: CLIENTS }, publishThrough));
    working = false;
    await cutting.expectNone();
    expect(cuts).toBeGreaterThan(5);
    for (const { name, digest } of published) {
      await waitFor(async () => (await service.anonymous.head(`/v1/blobs/${digest}`)).status === 200);
      const manifest = await service.anonymous.get(`/v1/images/${name}/versions/1`);
      expect(manifest).toMatchObject({ status: 200, json: { version: { state: 'published' } } });
      expect(await connection.count('SELECT FROM blobs WHERE digest = $1', [digest])).toBe(1);
    }
    expect([...service.running.apis, ...service.running.workers].every(({ isRunning }) => isRunning)).toBe(
      true,
    );
  });
});
