import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { HttpClient } from '../support/http-client.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { fileOfSize, filesIn } from '../faults/store-files.js';
import { type ContractService, enroll, startContractService } from './contract-service.js';
import { expectProblem } from './problem.js';
import { publishVersion } from './published-version.js';
import { begin, digestOf, someBytes, upload } from './upload-steps.js';

interface Collection {
  readonly id: string;
  readonly state: string;
  readonly dry_run: boolean;
  readonly digest?: string;
  readonly report?: { readonly removed_blobs: number; readonly removed_digests: readonly string[] };
}

interface Amount {
  readonly count: number;
  readonly size_bytes: number;
}

interface Usage {
  readonly states: Readonly<Record<'available' | 'candidate' | 'deleting', Amount>>;
  readonly reclaimable: Amount;
  readonly next_review_at?: string;
  readonly stray_objects: number;
}

interface BlobList {
  readonly blobs: readonly { readonly digest: string; readonly damage?: string }[];
}

let service: ContractService;
let connection: TestConnection;
let storage: HttpClient;

beforeAll(async () => {
  service = await startContractService();
  connection = await TestConnection.open(service.running.databaseUrl);
  storage = await enroll(service, ['storage-manager']);
}, 60_000);
afterAll(async () => {
  await connection.close();
  await service.stop();
}, 60_000);

async function usage(): Promise<Usage> {
  const answer = await storage.get('/v1/storage');
  expect(answer.status).toBe(200);
  return answer.json as Usage;
}

/** Starts a collection and gives it when it is over. */
async function collect(body?: object): Promise<Collection> {
  return ended(await storage.post('/v1/storage/collections', body));
}

async function ended(answer: { readonly status: number; readonly json: unknown }): Promise<Collection> {
  expect(answer.status).toBe(202);
  const { id } = answer.json as Collection;
  return waitFor(
    async () => {
      const collection = (await storage.get(`/v1/storage/collections/${id}`)).json as Collection;
      return collection.state === 'succeeded' ? collection : undefined;
    },
    { what: 'the collection to succeed' },
  );
}

async function uploadLoose(bytes = someBytes()): Promise<string> {
  return (await service.publisher.uploadFile(bytes)).digest;
}

/** As if the grace of all candidates were over. */
async function endGrace(): Promise<void> {
  await connection.rows(
    `UPDATE collection_candidates SET since = since - interval '8 days', review_after = review_after - interval '8 days'`,
  );
}

/** A draft that refers to a blob. */
async function referTo(blob: { readonly digest: string; readonly sizeBytes: number }): Promise<string> {
  const image = `image-${randomUUID()}`;
  await service.publisher.createImage(image);
  await service.publisher.createVersion(image, '1');
  await service.publisher.addArtifact(image, '1', { format: 'raw', blob });
  return image;
}

async function isRemovedFromStore(digest: string): Promise<boolean> {
  const files = await filesIn(service.running.storageDir);
  return files.every(({ path }) => !path.includes(digest.slice('sha256:'.length)));
}

describe('refuses', () => {
  it.each([
    ['nobody', () => service.anonymous, 401, 'unauthenticated'],
    ['a content-writer', () => service.writer, 403, 'forbidden'],
    ['an auth-manager', () => service.manager, 403, 'forbidden'],
  ] as const)('%s everything', async (_, client, status, code) => {
    const path = `/v1/blobs/${digestOf(someBytes())}`;
    expectProblem(await client().get('/v1/storage'), status, code);
    expectProblem(await client().post('/v1/storage/collections'), status, code);
    expectProblem(await client().get(`/v1/storage/collections/${randomUUID()}`), status, code);
    expectProblem(await client().get('/v1/blobs'), status, code);
    expectProblem(await client().send('DELETE', path), status, code);
  });

  it.each(['state=broken', 'state=', 'state=damaged&state=available', 'cursor=x', 'limit=0'])(
    'to list blobs with %s',
    async (query) => {
      expect((await storage.get(`/v1/blobs?${query}`)).status).toBe(400);
    },
  );

  it('to limit the role to some images', async () => {
    const whoami = (await storage.get('/v1/auth/whoami')).json as { principal: { id: string } };
    const path = `/v1/auth/principals/${whoami.principal.id}/roles/storage-manager`;
    const answer = await service.manager.send('PUT', path, { json: { image_patterns: ['debian'] } });
    expectProblem(answer, 400, 'scope-not-applicable');
  });

  it.each([
    [{ dry_run: 'yes' }, 400, 'invalid-request'],
    [{ dryRun: true }, 400, 'invalid-request'],
  ])('to start %j', async (body, status, code) => {
    expectProblem(await storage.post('/v1/storage/collections', body), status, code);
  });

  it('what is no collection', async () => {
    expectProblem(await storage.get('/v1/storage/collections/1'), 400, 'invalid-request');
    expectProblem(await storage.get(`/v1/storage/collections/${randomUUID()}`), 404, 'collection-not-found');
    const [other] = await connection.rows<{ id: string }>(
      `SELECT id FROM jobs WHERE kind = 'expire_uploads' LIMIT 1`,
    );
    expectProblem(await storage.get(`/v1/storage/collections/${other?.id}`), 404, 'collection-not-found');
  });

  it('to delete what is no digest, an unknown blob, and one that a draft refers to', async () => {
    expectProblem(await storage.send('DELETE', '/v1/blobs/sha256:1'), 400, 'invalid-request');
    const unknown = `/v1/blobs/${digestOf(someBytes())}`;
    expectProblem(await storage.send('DELETE', unknown), 404, 'blob-not-found');
    const bytes = someBytes();
    const blob = await service.publisher.uploadFile(bytes);
    await referTo(blob);
    expectProblem(await storage.send('DELETE', `/v1/blobs/${blob.digest}`), 409, 'blob-referenced');
    expect((await service.writer.get(`/v1/blobs/${blob.digest}`)).bytes.equals(bytes)).toBe(true);
  });
});

it('tells what is stored, and a dry run what would go, and changes nothing', async () => {
  await collect();
  const before = await usage();
  const digest = await uploadLoose(someBytes(4321));
  expect((await usage()).states.available.size_bytes).toBe(before.states.available.size_bytes + 4321);
  expect((await collect({ dry_run: true })).report).toMatchObject({ new_candidates: 1, removed_blobs: 0 });
  expect((await usage()).states.candidate).toEqual(before.states.candidate);

  expect((await collect({ dry_run: false })).report).toMatchObject({ new_candidates: 1, removed_blobs: 0 });
  const found = await usage();
  expect(found.states.candidate.size_bytes).toBe(before.states.candidate.size_bytes + 4321);
  expect(found.reclaimable).toEqual(before.reclaimable);
  expect(Date.parse(found.next_review_at ?? '')).toBeGreaterThan(Date.now() + 3_600_000);

  await endGrace();
  const due = await usage();
  expect(due.reclaimable).toEqual(due.states.candidate);
  const dry = await collect({ dry_run: true });
  expect(dry.report?.removed_digests).toContain(digest);
  expect((await service.writer.head(`/v1/blobs/${digest}`)).status).toBe(200);
  expect(await usage()).toEqual(due);
});

it('removes a blob after its grace, row and object, and takes the bytes again at once', async () => {
  const bytes = someBytes();
  const digest = await uploadLoose(bytes);
  await collect();
  await endGrace();
  const { report } = await collect();
  expect(report?.removed_digests).toContain(digest);
  expectProblem(await service.writer.get(`/v1/blobs/${digest}`), 404, 'blob-not-found');
  expect(await uploadLoose(bytes)).toBe(digest);
  expect((await service.writer.get(`/v1/blobs/${digest}`)).bytes.equals(bytes)).toBe(true);
  const isGone = async () => (await usage()).states.deleting.count === 0;
  await waitFor(isGone, { what: 'the objects of collected blobs to be removed' });
  const files = await filesIn(service.running.storageDir);
  expect(files.filter(({ path }) => path.includes(digest.slice('sha256:'.length)))).toHaveLength(2);
});

it('an upload that is ready at once, and a draft, give a blob its whole grace again', async () => {
  const [one, two] = [someBytes(), someBytes()];
  const [ready, drafted] = [await uploadLoose(one), await uploadLoose(two)];
  await collect();
  await endGrace();
  const answer = await service.writer.post('/v1/uploads', {
    expected_digest: ready,
    expected_size_bytes: one.length,
  });
  expect(answer).toMatchObject({ status: 200, json: { state: 'ready' } });
  const image = await referTo({ digest: drafted, sizeBytes: two.length });
  await collect();
  expect((await service.writer.send('DELETE', `/v1/images/${image}/versions/1`)).status).toBe(204);
  expect((await collect()).report?.removed_digests).toEqual([]);
  for (const digest of [ready, drafted]) {
    expect((await service.writer.head(`/v1/blobs/${digest}`)).status).toBe(200);
  }
});

it('deletes a blob that nothing refers to at once', async () => {
  const digest = await uploadLoose();
  const path = `/v1/blobs/${digest}`;
  const deleted = await storage.send('DELETE', path);
  expect(deleted.json).toMatchObject({ dry_run: false, digest });
  expect((await ended(deleted)).report).toMatchObject({ removed_blobs: 1, removed_digests: [digest] });
  expectProblem(await storage.send('DELETE', path), 404, 'blob-not-found');
  await waitFor(() => isRemovedFromStore(digest), { what: 'the object to be removed' });
});

it('has in the audit log who asked, and what was done', async () => {
  const digest = await uploadLoose();
  const deleted = await ended(await storage.send('DELETE', `/v1/blobs/${digest}`));
  const started = await collect({ dry_run: true });
  const whoami = (await storage.get('/v1/auth/whoami')).json as { principal: { id: string } };
  const principal_id = whoami.principal.id;
  const eventsOf = async (resource: string): Promise<readonly object[]> => {
    const answer = await service.manager.get(`/v1/audit-events?resource=${encodeURIComponent(resource)}`);
    return (answer.json as { audit_events: object[] }).audit_events;
  };
  expect(await eventsOf(`blobs/${digest}`)).toMatchObject([
    { action: 'blob.collected', before: { size_bytes: 100 } },
    { action: 'blob.delete', principal_id, after: { collection_id: deleted.id } },
  ]);
  expect(await eventsOf(`storage/collections/${started.id}`)).toMatchObject([
    { action: 'collection.start', principal_id, after: { dry_run: true } },
  ]);
});

it('lists blobs by digest, page by page', async () => {
  await uploadLoose();
  await uploadLoose();
  const { blobs } = (await storage.get('/v1/blobs')).json as BlobList;
  const digests = blobs.map(({ digest }) => digest);
  expect(digests).toEqual([...digests].sort());
  const found: string[] = [];
  for (let path: string | undefined = '/v1/blobs?limit=1'; path !== undefined;) {
    const answer = await storage.get(path);
    found.push(...(answer.json as BlobList).blobs.map(({ digest }) => digest));
    path = /<(.*)>; rel="next"/.exec(String(answer.headers.link))?.[1];
  }
  expect(found).toEqual(digests);
});

describe('a damaged blob', () => {
  const damaged = async () => ((await storage.get('/v1/blobs?state=damaged')).json as BlobList).blobs;

  it('is found by a download, given to nobody, published by nobody, and repaired by an upload', async () => {
    const { image, artifact, artifactBytes, artifactPath } = await publishVersion(service);
    const { digest, sizeBytes } = artifact;
    const file = await open(await fileOfSize(service.running.storageDir, digest, sizeBytes), 'r+');
    await file.write(Buffer.from([(artifactBytes[4321] ?? 0) ^ 4]), 0, 1, 4321);
    await file.close();

    expectProblem(await service.anonymous.get(artifactPath), 503, 'blob-damaged');
    await waitFor(async () => (await damaged()).length > 0, { what: 'the blob to be found damaged' });
    expect(await damaged()).toMatchObject([{ digest, size_bytes: sizeBytes, damage: 'mismatch' }]);
    for (const path of [artifactPath, `/v1/blobs/${digest}`]) {
      const answer = await service.anonymous.get(path);
      expectProblem(answer, 503, 'blob-damaged');
      expect(answer.headers['retry-after']).toBeDefined();
      expectProblem(await service.anonymous.get(path, { range: 'bytes=0-9' }), 503, 'blob-damaged');
      expect((await service.anonymous.head(path)).status).toBe(503);
    }

    await service.publisher.createVersion(image, '3.0');
    await service.publisher.addArtifact(image, '3.0', { format: 'raw', blob: artifact });
    const refused = await service.writer.post(`/v1/images/${image}/versions/3.0/publish`);
    expectProblem(refused, 412, 'blobs-not-verified');
    expect(refused.members.missing_digests).toEqual([digest]);

    expect((await upload(service.writer, artifactBytes)).state).toBe('ready');
    expect(await damaged()).toEqual([]);
    expect((await service.anonymous.get(artifactPath)).bytes.equals(artifactBytes)).toBe(true);
    await service.publisher.publish(image, '3.0');
    const log = await service.manager.get(`/v1/audit-events?resource=blobs/${encodeURIComponent(digest)}`);
    expect((log.json as { audit_events: object[] }).audit_events).toMatchObject([
      { action: 'blob.repaired', before: { state: 'damaged', damage: 'mismatch' } },
      { action: 'blob.quarantined', after: { state: 'damaged', damage: 'mismatch' } },
    ]);
  });
});

it('leaves open uploads alone', async () => {
  const { id } = await begin(service.writer, someBytes());
  await collect();
  expect((await service.writer.get(`/v1/uploads/${id}`)).json).toMatchObject({ state: 'created' });
});
