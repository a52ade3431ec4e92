import { createHash, randomUUID } from 'node:crypto';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { randomDigest } from './catalog-database.js';

const INCUS = { os: 'Debian', release: 'bookworm' };

let service: ContractService;
let anonymous: HttpClient;
let writer: HttpClient;
let connection: TestConnection;

beforeAll(async () => {
  service = await startContractService({ flags: ['--cas-promotion-poll-interval', '200ms'] });
  ({ anonymous, writer } = service);
  connection = await TestConnection.open(service.running.databaseUrl);
}, 60_000);

afterAll(async () => {
  await connection.close();
  await service.stop();
}, 60_000);

/** A disk unlike every other one. */
function newDisk(): Buffer {
  const disk = makeWholeQcow2();
  disk.write(randomUUID(), 6 * 4096);
  return disk;
}

function artifactOf(disk: Buffer, more: object = {}) {
  return {
    operating_system: 'debian',
    architecture: 'x86_64',
    format: 'qcow2',
    primary_blob_digest: digestOf(disk),
    primary_blob_size_bytes: disk.length,
    primary_media_type: 'application/octet-stream',
    ...more,
  };
}

function attachmentOf(name: string, bytes: Buffer) {
  return {
    name,
    media_type: 'application/x-xz',
    blob_digest: digestOf(bytes),
    blob_size_bytes: bytes.length,
  };
}

async function newDraft(): Promise<string> {
  const image = `image-${randomUUID()}`;
  await writer.post('/v1/images', { name: image });
  await writer.post(`/v1/images/${image}/versions`, { version: '1.0' });
  return `/v1/images/${image}/versions/1.0`;
}

async function upload(bytes: Buffer): Promise<void> {
  await writer.send('PUT', `/v1/blobs/${digestOf(bytes)}`, { body: bytes });
}

async function release(path: string, artifact: object, more: object = {}): Promise<Answer> {
  return writer.post(`${path}/release`, { artifacts: [{ ...artifact, ...more }] });
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly failure_message?: string;
  readonly report?: readonly { readonly client: string; readonly projected: boolean }[];
}

async function endedJob(path: string): Promise<Job> {
  return waitFor(
    async () => {
      const job = (await writer.get(`${path}/publish-job`)).members as unknown as Job;
      return ['succeeded', 'failed'].includes(job.state) ? job : undefined;
    },
    { timeoutMs: 20_000, what: `${path} to be published` },
  );
}

interface Attachment {
  readonly name: string;
  readonly blob_digest: string;
  readonly blob_size_bytes: number;
  readonly generated?: boolean;
}

interface Entry {
  readonly artifact: Readonly<Record<string, unknown>>;
  readonly attachments: readonly Attachment[];
}

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await writer.get(path)).members.artifacts as readonly Entry[];
}

interface Product {
  readonly os: string;
  readonly release: string;
  readonly requirements: object;
  readonly versions: Readonly<
    Record<string, { items: Readonly<Record<string, { ftype: string; sha256: string; path: string }>> }>
  >;
}

async function productsWith(hex: string): Promise<[string, Product][]> {
  const { json } = await anonymous.get('/streams/v1/images.json');
  const { products } = json as { products: Record<string, Product> };
  return Object.entries(products).filter(([, product]) => JSON.stringify(product).includes(hex));
}

const hexOf = (bytes: Buffer): string => digestOf(bytes).slice('sha256:'.length);

describe('a plain disk that says incus', () => {
  it('is an image of both clients, by metadata that its publish makes', async () => {
    const [path, disk] = [await newDraft(), newDisk()];
    await upload(disk);
    const incus = { ...INCUS, description: 'A "cloud" image', requirements: { secureboot: 'false' } };
    expect((await release(path, artifactOf(disk, { incus }))).status).toBe(202);
    const job = await endedJob(path);
    expect(job).toMatchObject({ state: 'succeeded' });
    expect(job.report?.map(({ client, projected }) => [client, projected])).toEqual([
      ['incus', true],
      ['lxd', true],
    ]);
    const [entry] = await entriesOf(path);
    expect(entry?.artifact).toMatchObject({ incus });
    expect(entry?.attachments).toEqual([
      expect.objectContaining({ name: 'incus.tar.xz', media_type: 'application/x-xz', generated: true }),
      expect.objectContaining({ name: 'lxd.tar.xz', media_type: 'application/x-xz', generated: true }),
    ]);
    const [made, other] = entry?.attachments ?? [];
    expect(other?.blob_digest).toBe(made?.blob_digest);
    const { bytes: metadata } = await anonymous.get(`/v1/blobs/${made?.blob_digest ?? ''}`);
    expect(digestOf(metadata)).toBe(made?.blob_digest);
    expect(metadata).toHaveLength(made?.blob_size_bytes ?? 0);
    const fingerprint = createHash('sha256').update(metadata).update(disk).digest('hex');
    const products = await waitFor(async () => {
      const found = await productsWith(hexOf(disk));
      return found.length === 2 ? found : undefined;
    });
    expect(products.map(([key]) => key).sort()).toEqual([
      `incus:amd64:${fingerprint}`,
      `lxd:amd64:${fingerprint}`,
    ]);
    for (const [, product] of products) {
      expect(product).toMatchObject({
        os: 'Debian',
        release: 'bookworm',
        requirements: { secureboot: 'false' },
      });
    }
  });

  it('counts for its publisher, and leaves no upload open', async () => {
    const [path, disk] = [await newDraft(), newDisk()];
    await upload(disk);
    await release(path, artifactOf(disk, { incus: INCUS }));
    await endedJob(path);
    const digest = (await entriesOf(path))[0]?.attachments[0]?.blob_digest;
    const uploads = await connection.rows(
      `SELECT s.state, s.created_by = d.created_by AS is_publishers FROM upload_sessions s, upload_sessions d
        WHERE s.expected_digest = $1 AND d.expected_digest = $2`,
      [digest, digestOf(disk)],
    );
    expect(uploads).toEqual([{ state: 'ready', is_publishers: true }]);
    const brought = await connection.rows('SELECT FROM blob_possessions WHERE digest = $1', [digest]);
    expect(brought).toHaveLength(1);
    const wrong = await connection.rows(
      `SELECT FROM quota_ledger l JOIN counted_quota_ledger c USING (principal_id) WHERE l.stored_bytes <> c.stored_bytes`,
    );
    expect(wrong).toEqual([]);
  });

  it('is the same release when it is repeated, and another one when it says something else', async () => {
    const [path, disk] = [await newDraft(), newDisk()];
    await upload(disk);
    const incus = { ...INCUS, requirements: {}, properties: { b: '1', a: '2' } };
    const first = await release(path, artifactOf(disk, { incus }));
    await endedJob(path);
    const turned = { properties: { a: '2', b: '1' }, release: 'bookworm', os: 'Debian' };
    const again = await release(path, artifactOf(disk, { incus: turned }));
    expect([again.status, again.members.id]).toEqual([202, first.members.id]);
    for (const other of [{ incus: INCUS }, {}, { incus: { ...incus, release: 'trixie' } }]) {
      const { status, members } = await release(path, artifactOf(disk, other));
      expect([status, members.type, members.pointer]).toEqual([
        409,
        'urn:imgsrv:problem:release-conflict',
        '/artifacts/0/incus',
      ]);
    }
  });

  it('has no made metadata while it is a draft, also after a publish that failed and was canceled', async () => {
    const [path, disk] = [await newDraft(), newDisk()];
    await upload(disk);
    const created = await writer.post(`${path}/artifacts`, artifactOf(disk, { incus: INCUS }));
    expect(created.members).toMatchObject({ incus: INCUS });
    const metadata = readRealArchive('split');
    await upload(metadata);
    const broken = await writer.post(
      `${path}/artifacts`,
      artifactOf(disk, { variant: 'b', architecture: 'vax' }),
    );
    const brokenPath = `${path}/artifacts/${String(broken.members.id)}`;
    await writer.post(`${brokenPath}/attachments`, attachmentOf('incus.tar.xz', metadata));
    await writer.post(`${path}/publish`, {});
    const failed = await endedJob(path);
    expect(failed).toMatchObject({
      state: 'failed',
      failure_message: expect.stringContaining('vax') as string,
    });
    const made = async (): Promise<readonly Attachment[]> =>
      (await entriesOf(path)).flatMap(({ attachments }) => attachments.filter(({ generated }) => generated));
    const firstMade = await made();
    expect(firstMade).toHaveLength(2);
    await writer.post(`/v1/publish-jobs/${failed.id}/retry`, {});
    await endedJob(path);
    expect(await made()).toEqual(firstMade);
    expect((await writer.post(`/v1/publish-jobs/${failed.id}/cancel`, {})).status).toBe(200);
    expect(await made()).toEqual([]);

    await writer.send('DELETE', brokenPath);
    const artifactPath = `${path}/artifacts/${String(created.members.id)}`;
    const changed = { os: 'Debian', release: 'trixie' };
    const answer = await writer.send('PATCH', artifactPath, { json: { incus: changed } });
    expect(answer.members).toMatchObject({ incus: changed });
    await writer.post(`${path}/publish`, {});
    expect(await endedJob(path)).toMatchObject({ state: 'succeeded' });
    const [again] = await made();
    expect(again?.blob_digest).not.toBe(firstMade[0]?.blob_digest);
    const products = await waitFor(async () => {
      const found = await productsWith(hexOf(disk));
      return found.length === 2 ? found : undefined;
    });
    expect(products.map(([, product]) => product.release)).toEqual(['trixie', 'trixie']);
  });
});

describe('what is refused', () => {
  const GIVEN_TWICE = 'urn:imgsrv:problem:metadata-given-twice';
  const NOT_LAUNCHABLE = 'urn:imgsrv:problem:not-launchable';
  const INVALID_TEXT = 'urn:imgsrv:problem:invalid-text';
  const INVALID = 'urn:imgsrv:problem:invalid-request';
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`p${index}`, 'x']));
  const large = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, 'x'.repeat(1024)]));

  it.each<[string, unknown, string, RegExp?]>([
    ['no object', 'Debian', INVALID],
    ['a list', [], INVALID],
    ['nothing', {}, INVALID],
    ['no release', { os: 'Debian' }, INVALID],
    ['an unknown member', { ...INCUS, name: 'x' }, INVALID],
    ['an empty word', { ...INCUS, os: ' ' }, INVALID],
    ['a number', { ...INCUS, release: 12 }, INVALID],
    ['a word that is too long', { ...INCUS, os: 'x'.repeat(129) }, INVALID],
    ['a description that is too long', { ...INCUS, description: 'x'.repeat(1025) }, INVALID],
    ['a line break', { ...INCUS, os: 'a\nb: c' }, INVALID],
    ['a NUL', { ...INCUS, os: 'a\0b' }, INVALID],
    ['a direction mark', { ...INCUS, os: 'a\u202eb' }, INVALID],
    ['what is no character of YAML', { ...INCUS, os: 'a\uffffb' }, INVALID_TEXT, /incus\/os /],
    ['white space around a word', { ...INCUS, os: ' Debian' }, INVALID_TEXT, /white space/],
    ['what was to be filled in', { ...INCUS, release: '${RELEASE}' }, INVALID_TEXT, /filled in/],
    ['requirements that are no object', { ...INCUS, requirements: ['secureboot'] }, INVALID],
    ['a requirement that is no text', { ...INCUS, requirements: { secureboot: false } }, INVALID],
    ['an unknown requirement', { ...INCUS, requirements: { tpm: 'true' } }, INVALID_TEXT, /secureboot/],
    ['a requirement of no use', { ...INCUS, requirements: { cgroup: 'v3' } }, INVALID_TEXT, /v1 or v2/],
    ['a property that is no text', { ...INCUS, properties: { a: 1 } }, INVALID],
    ['a name of a property that is none', { ...INCUS, properties: { 'a: b': 'c' } }, INVALID_TEXT],
    ['a line break in a property', { ...INCUS, properties: { a: 'b\nc' } }, INVALID_TEXT, /properties\/a /],
    ['an empty property', { ...INCUS, properties: { a: '' } }, INVALID_TEXT],
    ['a property that is too long', { ...INCUS, properties: { a: 'x'.repeat(1025) } }, INVALID_TEXT],
    ['a property that imgsrv writes', { ...INCUS, properties: { type: 'squashfs' } }, INVALID_TEXT],
    ['a requirement as a property', { ...INCUS, properties: { 'requirements.tpm': '1' } }, INVALID_TEXT],
    ['too many properties', { ...INCUS, properties: many }, INVALID_TEXT, /at most 32/],
    ['more than 16 KiB', { ...INCUS, properties: large }, INVALID_TEXT, /16384 bytes/],
  ])('%s', async (_what, incus, type, detail = /./) => {
    const path = await newDraft();
    const artifact = { ...artifactOf(newDisk()), primary_blob_digest: randomDigest(), incus };
    const added = await writer.post(`${path}/artifacts`, artifact);
    expect([added.status, added.members.type]).toEqual([400, type]);
    expect(String(added.members.detail)).toMatch(detail);
    const released = await writer.post(`${path}/release`, { artifacts: [artifact] });
    expect([released.status, released.members.type]).toEqual([400, type]);
    expect(await entriesOf(path)).toEqual([]);
  });

  it.each([
    ['raw', 'amd64'],
    ['raw.gz', 'amd64'],
    ['incus.tar.gz', 'amd64'],
    ['qcow2', 'vax'],
  ])('incus of a %s for %s', async (format, architecture) => {
    const path = await newDraft();
    const plain = artifactOf(newDisk(), { format, architecture });
    const added = await writer.post(`${path}/artifacts`, { ...plain, incus: INCUS });
    expect([added.status, added.members.type]).toEqual([400, NOT_LAUNCHABLE]);
    const released = await release(path, plain, { incus: INCUS });
    expect([released.status, released.members.type]).toEqual([400, NOT_LAUNCHABLE]);
    const created = await writer.post(`${path}/artifacts`, plain);
    const changed = await writer.send('PATCH', `${path}/artifacts/${String(created.members.id)}`, {
      json: { incus: INCUS },
    });
    expect([changed.status, changed.members.type]).toEqual([400, NOT_LAUNCHABLE]);
  });

  it.each(['incus.tar.xz', 'lxd.tar.xz'])('incus together with %s', async (name) => {
    const path = await newDraft();
    const metadata = readRealArchive('split');
    const withIncus = await writer.post(`${path}/artifacts`, artifactOf(newDisk(), { incus: INCUS }));
    const attached = await writer.post(
      `${path}/artifacts/${String(withIncus.members.id)}/attachments`,
      attachmentOf(name, metadata),
    );
    expect([attached.status, attached.members.type]).toEqual([409, GIVEN_TWICE]);
    expect(attached.members.attachment).toBe(name);
    const plain = await writer.post(`${path}/artifacts`, artifactOf(newDisk(), { variant: 'plain' }));
    const plainPath = `${path}/artifacts/${String(plain.members.id)}`;
    await writer.post(`${plainPath}/attachments`, attachmentOf(name, metadata));
    const changed = await writer.send('PATCH', plainPath, { json: { incus: INCUS } });
    expect([changed.status, changed.members.type]).toEqual([409, GIVEN_TWICE]);
    const released = await release(await newDraft(), artifactOf(newDisk(), { incus: INCUS }), {
      attachments: [attachmentOf(name, metadata)],
    });
    expect([released.status, released.members.type]).toEqual([409, GIVEN_TWICE]);
  });
});

it('lets other attachments stand beside incus, and metadata of the publisher once incus is gone', async () => {
  const path = await newDraft();
  const created = await writer.post(`${path}/artifacts`, artifactOf(newDisk(), { incus: INCUS }));
  const artifactPath = `${path}/artifacts/${String(created.members.id)}`;
  const notes = await writer.post(`${artifactPath}/attachments`, attachmentOf('notes', Buffer.from('x')));
  expect(notes.status).toBe(201);
  const without = await writer.send('PATCH', artifactPath, { json: { incus: null } });
  expect(without.members).not.toHaveProperty('incus');
  const own = await writer.post(
    `${artifactPath}/attachments`,
    attachmentOf('incus.tar.xz', readRealArchive('split')),
  );
  expect(own.status).toBe(201);
});

describe('the database', () => {
  async function draftWithIncus(): Promise<{ artifactId: string; versionId: string; digest: string }> {
    const [path, disk] = [await newDraft(), newDisk()];
    await upload(disk);
    const { members } = await writer.post(`${path}/artifacts`, artifactOf(disk, { incus: INCUS }));
    return {
      artifactId: String(members.id),
      versionId: String(members.version_id),
      digest: digestOf(disk),
    };
  }

  it('lets nobody generate attachments of drafts', async () => {
    const { artifactId, digest } = await draftWithIncus();
    await expect(
      connection.rows(
        `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated)
         SELECT $1, 'incus.tar.xz', 'a/b', digest, size_bytes, digest, true FROM blobs WHERE digest = $2`,
        [artifactId, digest],
      ),
    ).rejects.toThrow('cannot be generated');
  });

  it('keeps a worker of an earlier release from indexing what it makes no metadata of', async () => {
    const { artifactId, versionId } = await draftWithIncus();
    await expect(
      connection.rows(
        `INSERT INTO stream_reports (artifact_id, client, version_id, projected, reason) VALUES ($1, 'incus', $2, false, 'x')`,
        [artifactId, versionId],
      ),
    ).rejects.toThrow('still to be made');
  });
});
