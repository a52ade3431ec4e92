import { randomUUID } from 'node:crypto';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type JoinedService, joinContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { begin, complete, digestOf, sendPart, type Session, settled, someBytes } from './upload-steps.js';

/** Knowing a digest and a size, which logs and manifests tell, must never be as good as having the bytes. */

const SIZE_BYTES = 300;

let service: JoinedService;

beforeAll(async () => {
  service = await joinContractService();
}, 60_000);

/** A writer whose grant covers images of its own only. */
async function limitedWriter(): Promise<HttpClient> {
  const { baseUrl, bootstrapToken } = service.running;
  const { token } = await PublisherClient.enroll({ baseUrl }, bootstrapToken, [`team-${randomUUID()}-*`]);
  return new HttpClient(baseUrl, token);
}

async function unpublishedBlobOfOthers(): Promise<{ readonly bytes: Buffer; readonly digest: string }> {
  const bytes = someBytes(SIZE_BYTES);
  await service.publisher.uploadFile(bytes);
  return { bytes, digest: digestOf(bytes) };
}

/** Announces a digest, brings other bytes, and gives the session when the service is done with it. */
async function bringRubbish(writer: HttpClient, digest: string, sizeBytes = SIZE_BYTES): Promise<Session> {
  const rubbish = Buffer.alloc(sizeBytes, 'x');
  const { id } = await begin(writer, rubbish, { expected_digest: digest });
  expect((await complete(writer, id, [await sendPart(writer, id, 1, rubbish)])).status).toBe(200);
  return settled(writer, id);
}

/** All that a session tells but its own name, time and announcement. */
function shapeOf(session: Session): object {
  const { id, expires_at, expected_digest, ...rest } = session as Session & Record<string, unknown>;
  expect([id, expires_at, expected_digest]).not.toContain(undefined);
  return rest;
}

it('rubbish announced under the digest of others is no key to their bytes', async () => {
  const { digest } = await unpublishedBlobOfOthers();
  const thief = await limitedWriter();
  expect(await bringRubbish(thief, digest)).toMatchObject({
    state: 'failed',
    failure: { code: 'digest-mismatch' },
  });
  expectProblem(await thief.get(`/v1/blobs/${digest}`), 404, 'blob-not-found');
});

it.each([SIZE_BYTES, SIZE_BYTES + 1, 1])(
  'what becomes of %d wrong bytes does not tell whether their digest is known',
  async (sizeBytes) => {
    const { digest } = await unpublishedBlobOfOthers();
    const prober = await limitedWriter();
    const known = await bringRubbish(prober, digest, sizeBytes);
    const unknown = await bringRubbish(prober, digestOf(someBytes()), sizeBytes);
    expect(known).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
    expect(shapeOf(known)).toEqual(shapeOf(unknown));
  },
);

it('somebody who sees all blobs learns of another size at once, and cannot replace the blob', async () => {
  const { digest, bytes } = await unpublishedBlobOfOthers();
  const announced = { expected_digest: digest, expected_size_bytes: SIZE_BYTES + 1 };
  expectProblem(await service.writer.post('/v1/uploads', announced), 412, 'blob-size-conflict');
  await bringRubbish(await limitedWriter(), digest);
  expect((await service.writer.get(`/v1/blobs/${digest}`)).bytes.equals(bytes)).toBe(true);
});

it('two who bring the same bytes at the same time both have brought them, and a third has not', async () => {
  const bytes = someBytes(SIZE_BYTES);
  const digest = digestOf(bytes);
  const [one, other, third] = await Promise.all([limitedWriter(), limitedWriter(), limitedWriter()]);
  const sessions = await Promise.all(
    [one, other].map(async (writer) => {
      const { id } = await begin(writer, bytes);
      expect((await complete(writer, id, [await sendPart(writer, id, 1, bytes)])).status).toBe(200);
      return settled(writer, id);
    }),
  );
  expect(sessions).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
  for (const writer of [one, other]) {
    expect((await writer.get(`/v1/blobs/${digest}`)).status).toBe(200);
  }
  expectProblem(await third.get(`/v1/blobs/${digest}`), 404, 'blob-not-found');
});

it('an upload that was ready without bytes counts for nothing once the grant is narrowed', async () => {
  const { digest } = await unpublishedBlobOfOthers();
  const { baseUrl, bootstrapToken } = service.running;
  const { token } = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
  const writer = new HttpClient(baseUrl, token);
  const ready = await writer.post('/v1/uploads', {
    expected_digest: digest,
    expected_size_bytes: SIZE_BYTES,
  });
  expect(ready).toMatchObject({ status: 200, json: { state: 'ready' } });
  const whoami = (await writer.get('/v1/auth/whoami')).json as {
    readonly principal: { readonly id: string };
  };
  const role = `/v1/auth/principals/${whoami.principal.id}/roles/content-writer`;
  const narrowed = await service.manager.send('PUT', role, { json: { image_patterns: ['none-of-it'] } });
  expect(narrowed.status).toBe(204);
  expectProblem(await writer.get(`/v1/blobs/${digest}`), 404, 'blob-not-found');
});
