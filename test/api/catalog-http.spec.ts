import { randomBytes, randomUUID } from 'node:crypto';
import { type JoinedService, joinContractService } from '../contract/contract-service.js';
import type { HttpClient } from '../support/http-client.js';
import { randomDigest } from './catalog-database.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;

let service: JoinedService;
let anonymous: HttpClient;
let writer: HttpClient;

beforeAll(async () => {
  service = await joinContractService();
  ({ anonymous, writer } = service);
}, 60_000);

function freshName(): string {
  return `image-${randomUUID()}`;
}

function artifactOf(blob: { readonly digest: string; readonly sizeBytes: number }, more: object = {}) {
  return {
    operating_system: 'linux',
    architecture: 'amd64',
    format: 'raw',
    primary_blob_digest: blob.digest,
    primary_blob_size_bytes: blob.sizeBytes,
    primary_media_type: 'application/x-raw-disk-image',
    ...more,
  };
}

async function newDraft(): Promise<{ image: string; path: string }> {
  const image = freshName();
  await writer.post('/v1/images', { name: image });
  await writer.post(`/v1/images/${image}/versions`, { version: '1.0' });
  return { image, path: `/v1/images/${image}/versions/1.0` };
}

/** An image with a published version of one raw artifact with one attachment. */
async function newPublished() {
  const { image, path } = await newDraft();
  const bytes = { artifact: randomBytes(3000), attachment: randomBytes(100) };
  const blob = await service.publisher.uploadFile(bytes.artifact);
  const artifact = (await writer.post(`${path}/artifacts`, artifactOf(blob))).members;
  const file = await service.publisher.uploadFile(bytes.attachment);
  const attachment = (
    await writer.post(`${path}/artifacts/${String(artifact.id)}/attachments`, {
      name: 'readme.txt',
      media_type: 'text/plain',
      blob_digest: file.digest,
      blob_size_bytes: file.sizeBytes,
    })
  ).members;
  await service.publisher.publish(image, '1.0');
  const artifactPath = `${path}/artifacts/${String(artifact.id)}`;
  return {
    image,
    path,
    bytes,
    artifact,
    attachment,
    artifactPath,
    attachmentPath: `${artifactPath}/attachments/${String(attachment.id)}`,
  };
}

it('creates, shows and changes an image', async () => {
  const name = freshName();
  const created = await writer.post('/v1/images', {
    name,
    display_name: 'Ünïcode',
    description: 'two\nlines',
  });
  expect(created.status).toBe(201);
  expect(created.headers.location).toBe(`/v1/images/${name}`);
  expect(created.members).toEqual({
    id: UUID,
    name,
    display_name: 'Ünïcode',
    description: 'two\nlines',
    visibility: 'public',
    created_at: TIME,
    updated_at: TIME,
  });
  expect((await writer.get(`/v1/images/${name}`)).members).toEqual(created.members);
  const changed = await writer.patch(`/v1/images/${name}`, { display_name: 'Other' });
  expect(changed).toMatchObject({
    status: 200,
    members: { display_name: 'Other', description: 'two\nlines' },
  });
  const cleared = await writer.patch(`/v1/images/${name}`, { description: null });
  expect(cleared.status).toBe(200);
  expect(cleared.members).not.toHaveProperty('description');
  expect((await writer.patch(`/v1/images/${name}`, {})).members).toMatchObject({ display_name: 'Other' });
});

it('shows an unpublished image to content-writers only, and to others exactly as an absent one', async () => {
  const { image, path } = await newDraft();
  for (const caller of [anonymous, service.manager]) {
    for (const [hidden, absent] of [
      [`/v1/images/${image}`, '/v1/images/absent'],
      [path, '/v1/images/absent/versions/1.0'],
      [`/v1/images/${image}/versions`, '/v1/images/absent/versions'],
      [`/v1/images/${image}/aliases`, '/v1/images/absent/aliases'],
      [`/v1/images/${image}/refs/1.0`, '/v1/images/absent/refs/1.0'],
      [`${path}/artifacts`, '/v1/images/absent/versions/1.0/artifacts'],
    ] as const) {
      const [first, second] = [await caller.get(hidden), await caller.get(absent)];
      expect(first.status).toBe(404);
      expect({ ...first.members, instance: '' }).toEqual({ ...second.members, instance: '' });
    }
  }
  expect((await writer.get(`/v1/images/${image}`)).status).toBe(200);
  expect((await writer.get(path)).members).toMatchObject({ version: { state: 'draft' }, artifacts: [] });
  expect((await writer.get(`${path}/artifacts`)).status).toBe(404);
});

it('lets nobody but content-writers change anything', async () => {
  const { image, path } = await newDraft();
  const id = randomUUID();
  for (const [method, target] of [
    ['POST', '/v1/images'],
    ['PATCH', `/v1/images/${image}`],
    ['POST', `/v1/images/${image}/versions`],
    ['DELETE', path],
    ['POST', `${path}/artifacts`],
    ['DELETE', `${path}/artifacts/${id}`],
    ['POST', `${path}/artifacts/${id}/attachments`],
    ['DELETE', `${path}/artifacts/${id}/attachments/${id}`],
    ['PUT', `/v1/images/${image}/aliases/latest`],
    ['DELETE', `/v1/images/${image}/aliases/latest`],
    ['POST', `${path}/publish`],
    ['GET', `${path}/publish-job`],
    ['GET', `/v1/publish-jobs/${id}`],
    ['POST', `/v1/publish-jobs/${id}/retry`],
    ['POST', `/v1/publish-jobs/${id}/cancel`],
  ] as const) {
    const call = method === 'GET' || method === 'DELETE' ? {} : { body: 'not even JSON' };
    expect([method, target, (await anonymous.send(method, target, call)).status]).toEqual([
      method,
      target,
      401,
    ]);
    expect([method, target, (await service.manager.send(method, target, call)).status]).toEqual([
      method,
      target,
      403,
    ]);
  }
});

it('publishes, and then shows everything to anyone', async () => {
  const { image, path, artifact, attachment, artifactPath } = await newPublished();
  const published = { ...artifact, detected: { format: 'raw', virtual_size_bytes: 3000 } };
  const manifest = await anonymous.get(path);
  expect(manifest.status).toBe(200);
  expect(manifest.members).toEqual({
    image: { id: UUID, name: image, visibility: 'public', created_at: TIME, updated_at: TIME },
    version: {
      id: artifact.version_id,
      image_id: UUID,
      version: '1.0',
      state: 'published',
      published_at: TIME,
      created_at: TIME,
      updated_at: TIME,
    },
    artifacts: [
      {
        artifact: published,
        attachments: [attachment],
        streams: [
          { client: 'incus', projected: false, reason: expect.any(String) as string },
          { client: 'lxd', projected: false, reason: expect.any(String) as string },
        ],
      },
    ],
  });
  expect(artifact).toMatchObject({ id: UUID, variant: 'default', created_at: TIME, updated_at: TIME });
  expect((await anonymous.get(`${path}/artifacts`)).members).toEqual({ artifacts: [published] });
  expect((await anonymous.get(artifactPath)).members).toEqual(published);
  expect((await anonymous.get(`/v1/images/${image}/versions`)).members).toMatchObject({
    versions: [{ version: '1.0', state: 'published' }],
  });
  expect((await anonymous.get(`/v1/images/${image}/refs/1.0`)).members).toEqual(manifest.members);
});

it('gives the published bytes to anyone, with what a client needs to keep them', async () => {
  const { image, bytes, artifact, artifactPath, attachmentPath } = await newPublished();
  const download = await anonymous.get(`${artifactPath}/download`);
  expect(download.status).toBe(200);
  expect(download.bytes).toEqual(bytes.artifact);
  expect(download.headers).toMatchObject({
    'content-type': 'application/x-raw-disk-image',
    'content-length': '3000',
    'content-disposition': `attachment; filename="${image}-1.0-amd64.raw"`,
    etag: `"${String(artifact.primary_blob_digest)}"`,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  });
  const attachment = await anonymous.get(`${attachmentPath}/download`);
  expect(attachment.bytes).toEqual(bytes.attachment);
  expect(attachment.headers).toMatchObject({
    'content-type': 'text/plain',
    'content-disposition': 'attachment; filename="readme.txt"',
  });
  const head = await anonymous.send('HEAD', `${artifactPath}/download`);
  expect([head.status, head.bytes.length, head.headers['content-length']]).toEqual([200, 0, '3000']);
  const part = await anonymous.get(`${artifactPath}/download`, { range: 'bytes=10-19' });
  expect([part.status, part.bytes]).toEqual([206, bytes.artifact.subarray(10, 20)]);
});

it('keeps a published version as it is', async () => {
  const { path, artifactPath, attachmentPath } = await newPublished();
  const before = (await anonymous.get(path)).members;
  const blob = { digest: randomDigest(), sizeBytes: 1 };
  for (const refused of [
    await writer.delete(path),
    await writer.post(`${path}/artifacts`, artifactOf(blob, { variant: 'late' })),
    await writer.delete(artifactPath),
    await writer.post(`${artifactPath}/attachments`, {
      name: 'late',
      media_type: 'text/plain',
      blob_digest: blob.digest,
      blob_size_bytes: 1,
    }),
    await writer.delete(attachmentPath),
  ]) {
    expect(refused).toMatchObject({
      status: 412,
      members: { type: 'urn:imgsrv:problem:version-not-draft', current_state: 'published' },
    });
  }
  expect((await anonymous.get(path)).members).toEqual(before);
});

it('lets content-writers edit and delete drafts', async () => {
  const { image, path } = await newDraft();
  const created = await writer.post(
    `${path}/artifacts`,
    artifactOf({ digest: randomDigest(), sizeBytes: 0 }),
  );
  expect(created.status).toBe(201);
  const artifactPath = `${path}/artifacts/${String(created.members.id)}`;
  expect(created.headers.location).toBe(artifactPath);
  const attachment = {
    name: 'a',
    media_type: 'text/plain',
    blob_digest: randomDigest(),
    blob_size_bytes: 0,
  };
  const attached = await writer.post(`${artifactPath}/attachments`, attachment);
  expect(attached.status).toBe(201);
  expect(attached.headers.location).toBe(`${artifactPath}/attachments/${String(attached.members.id)}`);
  expect((await writer.post(`${artifactPath}/attachments`, attachment)).status).toBe(409);
  const again = await writer.post(`${path}/artifacts`, artifactOf({ digest: randomDigest(), sizeBytes: 0 }));
  expect(again.status).toBe(409);
  const other = await writer.post(
    `${path}/artifacts`,
    artifactOf({ digest: randomDigest(), sizeBytes: 0 }, { variant: 'b' }),
  );
  const elsewhere = `${path}/artifacts/${String(other.members.id)}/attachments/${String(attached.members.id)}`;
  expect((await writer.delete(elsewhere)).status).toBe(404);
  expect((await writer.delete(`${artifactPath}/attachments/${String(attached.members.id)}`)).status).toBe(
    204,
  );
  expect((await writer.delete(`${artifactPath}/attachments/${String(attached.members.id)}`)).status).toBe(
    404,
  );
  expect((await writer.delete(artifactPath)).status).toBe(204);
  expect((await writer.delete(artifactPath)).status).toBe(404);
  expect((await writer.get(`/v1/images/${image}/versions?state=draft`)).members).toMatchObject({
    versions: [{ version: '1.0' }],
  });
  expect((await writer.get(`/v1/images/${image}/versions`)).members).toEqual({ versions: [] });
  expect((await writer.delete(path)).status).toBe(204);
  expect((await writer.delete(path)).status).toBe(404);
  expect((await writer.get(path)).status).toBe(404);
});

it('moves aliases, by compare-and-set when asked to', async () => {
  const { image } = await newPublished();
  const alias = `/v1/images/${image}/aliases/latest`;
  expect((await writer.put(alias, { version: '1.0' }, { 'if-match': '"any"' })).status).toBe(412);
  const made = await writer.put(alias, { version: '1.0' });
  expect(made.status).toBe(200);
  expect(made.members).toEqual({
    id: UUID,
    image_id: UUID,
    alias: 'latest',
    version_id: UUID,
    version: '1.0',
    created_at: TIME,
    updated_at: TIME,
  });
  const read = await anonymous.get(alias);
  expect(read.members).toEqual(made.members);
  expect(read.headers.etag).toBe(made.headers.etag);
  expect((await anonymous.get(alias, { 'if-none-match': String(made.headers.etag) })).status).toBe(304);
  expect((await writer.put(alias, { version: '1.0' }, { 'if-none-match': '*' })).status).toBe(412);
  const stale = await writer.put(alias, { version: '1.0' }, { 'if-match': '"stale"' });
  expect(stale).toMatchObject({ status: 412, members: { type: 'urn:imgsrv:problem:alias-changed' } });
  const kept = await writer.put(alias, { version: '1.0' }, { 'if-match': String(made.headers.etag) });
  expect(kept.members).toMatchObject({ id: made.members.id });
  expect((await anonymous.get(`/v1/images/${image}/refs/latest`)).members).toMatchObject({
    version: { version: '1.0' },
  });
  expect((await anonymous.get(`/v1/images/${image}/aliases`)).members).toEqual({ aliases: [kept.members] });
  expect((await writer.delete(alias)).status).toBe(204);
  expect((await writer.delete(alias)).status).toBe(404);
  expect((await anonymous.get(alias)).status).toBe(404);
  await writer.post(`/v1/images/${image}/versions`, { version: '2.0' });
  const toDraft = await writer.put(alias, { version: '2.0' });
  expect(toDraft).toMatchObject({ status: 412, members: { current_state: 'draft' } });
});

it('pages through lists by their Link', async () => {
  const { image } = await newPublished();
  await newPublished();
  for (const alias of ['c', 'a', 'b']) {
    await writer.put(`/v1/images/${image}/aliases/${alias}`, { version: '1.0' });
  }
  const walk = async (path: string, member: string, key: string) => {
    const seen: unknown[] = [];
    let next: string | undefined = path;
    while (next !== undefined) {
      const page = await anonymous.get(next);
      expect(page.status).toBe(200);
      const items = page.members[member] as Record<string, unknown>[];
      expect(items).toHaveLength(1);
      seen.push(...items.map((item) => item[key]));
      next = /^<(.+)>; rel="next"$/.exec(page.headers.link?.toString() ?? '')?.[1];
    }
    return seen;
  };
  expect(await walk(`/v1/images/${image}/aliases?limit=1`, 'aliases', 'alias')).toEqual(['a', 'b', 'c']);
  const names = await walk('/v1/images?limit=1', 'images', 'name');
  expect(names).toEqual([...new Set(names)].sort());
  expect(names).toContain(image);
});

describe('bad input', () => {
  let image: string;
  let path: string;
  const blob = { digest: randomDigest(), sizeBytes: 1 };

  beforeAll(async () => {
    ({ image, path } = await newDraft());
  });

  it.each<[string, unknown]>([
    ['no member', {}],
    ['a name that is no text', { name: 1 }],
    ['a name of null', { name: null }],
    ['a list of names', { name: ['a'] }],
    ['an upper-case name', { name: 'Debian' }],
    ['a name with two dots', { name: '..' }],
    ['a name with a slash', { name: 'a/b' }],
    ['a name with a line break', { name: 'a\n' }],
    ['a name with a NUL', { name: 'a\0' }],
    ['a name with Unicode', { name: 'debiän' }],
    ['a name that is too long', { name: 'a'.repeat(129) }],
    ['the name of an architecture', { name: 'amd64' }],
    ['an unknown member', { name: 'a', extra: true }],
    ['a member of the answer', { name: 'a', id: randomUUID() }],
    ['a display name that is no text', { name: 'a', display_name: {} }],
    ['a display name with a NUL', { name: 'a', display_name: 'a\0b' }],
    ['a display name with an escape', { name: 'a', display_name: '\u001b[31m' }],
    ['a display name with an override', { name: 'a', display_name: 'a\u202eb' }],
    ['a description with a zero-width space', { name: 'a', description: 'a\u200bb' }],
    ['a display name that is too long', { name: 'a', display_name: 'a'.repeat(257) }],
    ['a description with half a character', { name: 'a', description: '\ud800' }],
    ['a description that is too long', { name: 'a', description: 'a'.repeat(4097) }],
    ['a list', []],
    ['a text', 'debian'],
    ['null', null],
  ])('no image of %s', async (_what, json) => {
    const refused = await writer.post('/v1/images', json);
    expect(refused.status).toBe(400);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('names what is wrong by its JSON pointer', async () => {
    const refused = await writer.post('/v1/images', { name: 'A', display_name: 1, extra: 1 });
    const pointers = (refused.members.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(['/display_name', '/extra', '/name']);
  });

  it.each<[string, string, number]>([
    ['malformed JSON', '{"name":', 400],
    ['trailing data', '{"name":"a"} {}', 400],
    ['a prototype', '{"name":"a","__proto__":{"display_name":"x"}}', 400],
    ['nothing', '', 400],
    ['too much', JSON.stringify({ name: 'a', description: 'a'.repeat(1024 * 1024) }), 413],
  ])('no image of %s', async (_what, text, status) => {
    expect((await writer.send('POST', '/v1/images', { body: text })).status).toBe(status);
  });

  it('no image of another media type', async () => {
    const call = { body: 'name=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await writer.send('POST', '/v1/images', call)).status).toBe(415);
  });

  it.each<[string, unknown]>([
    ['no member', {}],
    ['an empty version', { version: '' }],
    ['a number', { version: 1.0 }],
    ['a slash', { version: '1/0' }],
    ['a line break', { version: '1.0\n' }],
    ['the name of an architecture', { version: 'arm64' }],
    ['too much', { version: 'a'.repeat(129) }],
    ['a state', { version: '2', state: 'published' }],
    ['an unknown member', { version: '2', extra: 1 }],
  ])('no version of %s', async (_what, json) => {
    expect((await writer.post(`/v1/images/${image}/versions`, json)).status).toBe(400);
  });

  it.each<[string, object]>([
    ['an upper-case digest', { primary_blob_digest: `sha256:${'A'.repeat(64)}` }],
    ['a digest with a line break', { primary_blob_digest: `${blob.digest}\n` }],
    ['another algorithm', { primary_blob_digest: `sha512:${'a'.repeat(64)}` }],
    ['a digest of null', { primary_blob_digest: null }],
    ['a negative size', { primary_blob_size_bytes: -1 }],
    ['a huge size', { primary_blob_size_bytes: 5 * 1024 ** 4 + 1 }],
    ['a size beyond all numbers', { primary_blob_size_bytes: 1e300 }],
    ['a size as text', { primary_blob_size_bytes: '1' }],
    ['half a byte', { primary_blob_size_bytes: 0.5 }],
    ['an unknown format', { format: 'vmdk' }],
    ['a format of another case', { format: 'RAW' }],
    ['a format that every object has', { format: 'constructor' }],
    ['an empty variant', { variant: '' }],
    ['a variant that is an architecture', { variant: 'x86_64' }],
    ['an architecture with a slash', { architecture: 'amd64/v2' }],
    ['an operating system with a blank', { operating_system: 'my os' }],
    ['an operating system that is too long', { operating_system: 'a'.repeat(65) }],
    ['a media type with parameters', { primary_media_type: 'text/html; charset=utf-8' }],
    ['a media type that ends the header', { primary_media_type: 'text/html\r\nX-Injected: 1' }],
    ['no media type', { primary_media_type: undefined }],
    ['an unknown member', { bound_blob_digest: blob.digest }],
  ])('no artifact of %s', async (_what, more) => {
    expect((await writer.post(`${path}/artifacts`, artifactOf(blob, more))).status).toBe(400);
    expect((await writer.get(path)).members).toMatchObject({ artifacts: [] });
  });

  it.each<[string, object]>([
    ['a path as name', { name: '../../etc/passwd' }],
    ['a hidden name', { name: '.hidden' }],
    ['a name with a quote', { name: 'a"b' }],
    ['an upper-case digest', { blob_digest: `sha256:${'A'.repeat(64)}` }],
    ['a negative size', { blob_size_bytes: -1 }],
    ['a huge size', { blob_size_bytes: Number.MAX_SAFE_INTEGER }],
    ['no media type', { media_type: 'text' }],
    ['an unknown member', { extra: 1 }],
  ])('no attachment of %s', async (_what, more) => {
    const attachment = {
      name: 'a',
      media_type: 'a/b',
      blob_digest: blob.digest,
      blob_size_bytes: 1,
      ...more,
    };
    const refused = await writer.post(`${path}/artifacts/${randomUUID()}/attachments`, attachment);
    expect(refused.status).toBe(400);
  });

  it('no attachment of an artifact that is not there, or of another version', async () => {
    const attachment = { name: 'a', media_type: 'a/b', blob_digest: blob.digest, blob_size_bytes: 1 };
    const absent = await writer.post(`${path}/artifacts/${randomUUID()}/attachments`, attachment);
    expect(absent).toMatchObject({ status: 404, members: { type: 'urn:imgsrv:problem:artifact-not-found' } });
    const other = await newDraft();
    const { members } = await writer.post(`${other.path}/artifacts`, artifactOf(blob));
    const elsewhere = await writer.post(`${path}/artifacts/${String(members.id)}/attachments`, attachment);
    expect(elsewhere.status).toBe(404);
    expect((await writer.delete(`${path}/artifacts/${String(members.id)}`)).status).toBe(404);
  });

  it.each([
    '/v1/images/..',
    '/v1/images/%2e%2e',
    '/v1/images/a%2Fb',
    '/v1/images/a%00',
    '/v1/images/a%0a',
    '/v1/images/Debian',
    '/v1/images/d%C3%A4',
    `/v1/images/${'a'.repeat(129)}`,
    '/v1/images/a/versions/%2e%2e%2f',
    '/v1/images/a/versions/1%0A',
    '/v1/images/a/refs/-x',
    '/v1/images/a/aliases/a+b',
    '/v1/images/a/versions/1/artifacts/1',
    '/v1/images/a/versions/1/artifacts/6F1B2C3D-0000-4000-8000-0123456789AB',
    '/v1/images/a/versions/1/artifacts/..%2f..%2f/download',
    '/v1/images/a/versions/1/artifacts/6f1b2c3d-0000-4000-8000-0123456789ab/attachments/x/download',
    '/v1/images/%',
    '/v1/images/%FF',
  ])('no path like %s', async (bad) => {
    const refused = await anonymous.get(bad);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.status).toBe(400);
  });

  it.each(['/v1/images//versions', '/v1//images', '/v1/images/../images', '/v1/images/a/../b/versions'])(
    'nothing is at %s',
    async (bad) => {
      const refused = await anonymous.get(bad);
      expect([400, 404]).toContain(refused.status);
      expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    },
  );

  it.each([
    'limit=0',
    'limit=-1',
    'limit=1.5',
    'limit=all',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=',
    'cursor=a&cursor=b',
    `cursor=${'a'.repeat(5000)}`,
    `cursor=${Buffer.from(`["a'; DROP TABLE images"]`).toString('base64url')}`,
  ])('no list by ?%s', async (query) => {
    expect((await anonymous.get(`/v1/images?${query}`)).status).toBe(400);
  });

  it.each(['state=deleted', 'state=', 'state=draft,', 'state=DRAFT', 'state=draft&state=published'])(
    'no versions by ?%s',
    async (query) => {
      expect((await writer.get(`/v1/images/${image}/versions?${query}`)).status).toBe(400);
    },
  );

  it.each<[string, string, unknown, number]>([
    ['the name of an architecture', 'amd64', { version: '1.0' }, 400],
    ['no version', 'latest', {}, 400],
    ['a version that is no text', 'latest', { version: 1 }, 400],
    ['an unknown member', 'latest', { version: '1.0', extra: 1 }, 400],
    ['an absent version', 'latest', { version: '9.9' }, 404],
  ])('no alias by %s', async (_what, alias, json, status) => {
    expect((await writer.put(`/v1/images/${image}/aliases/${alias}`, json)).status).toBe(status);
  });

  it('wrong methods are named with those that are right', async () => {
    const refused = await writer.put(`/v1/images/${image}`, {});
    expect(refused.status).toBe(405);
    expect(refused.headers.allow).toMatch(/GET/);
    expect(refused.headers.allow).toMatch(/PATCH/);
  });
});

describe('what is said of a draft', () => {
  const metadata = {
    notes: '# Fixed\n\n<script>alert(1)</script>',
    end_of_life: '2030-01-31',
    labels: { 'images.example/channel': 'stable' },
    source: { repository: 'https://git.example/a', commit: 'abc', pipeline_url: 'https://git.example/a/1' },
  };
  const ofArtifact = {
    default_user: 'debian',
    min_disk_bytes: 2 ** 31,
    min_memory_bytes: 2 ** 29,
    firmware: 'uefi',
    secure_boot: true,
    cloud_init: false,
  };

  it('is told as it was said, also of what is published, and never changes then', async () => {
    const image = freshName();
    await writer.post('/v1/images', { name: image });
    const path = `/v1/images/${image}/versions/1.0`;
    const made = await writer.post(`/v1/images/${image}/versions`, { version: '1.0', ...metadata });
    expect(made).toMatchObject({ status: 201, members: metadata });
    const blob = await service.publisher.uploadFile(randomBytes(100));
    const artifact = await writer.post(`${path}/artifacts`, artifactOf(blob, ofArtifact));
    expect(artifact).toMatchObject({ status: 201, members: ofArtifact });
    await service.publisher.publish(image, '1.0');
    expect((await anonymous.get(path)).members).toMatchObject({
      version: metadata,
      artifacts: [{ artifact: ofArtifact }],
    });
    const { notes, ...listed } = metadata;
    const list = (await anonymous.get(`/v1/images/${image}/versions`)).members.versions as object[];
    expect(list).toMatchObject([listed]);
    expect(list).not.toMatchObject([{ notes }]);
    for (const [changed, body] of [
      [path, { notes: 'other' }],
      [`${path}/artifacts/${String(artifact.members.id)}`, { firmware: 'bios' }],
    ] as const) {
      expect(await writer.send('PATCH', changed, { json: body })).toMatchObject({
        status: 412,
        members: { type: 'urn:imgsrv:problem:version-not-draft' },
      });
    }
  });

  it('can be changed and taken away, for what is given', async () => {
    const { path } = await newDraft();
    expect((await writer.send('PATCH', path, { json: metadata })).members).toMatchObject(metadata);
    const changed = await writer.send('PATCH', path, {
      json: { notes: null, labels: { a: '' }, source: null },
    });
    expect(changed.members).toMatchObject({ end_of_life: '2030-01-31', labels: { a: '' } });
    expect(changed.members).not.toHaveProperty('notes');
    expect(changed.members).not.toHaveProperty('source');
    const declared = artifactOf({ digest: randomDigest(), sizeBytes: 0 }, ofArtifact);
    const artifact = await writer.post(`${path}/artifacts`, declared);
    const artifactPath = `${path}/artifacts/${String(artifact.members.id)}`;
    const less = await writer.send('PATCH', artifactPath, { json: { firmware: null, secure_boot: false } });
    expect(less.members).toMatchObject({ secure_boot: false, default_user: 'debian' });
    expect(less.members).not.toHaveProperty('firmware');
    const absent = `${path}/artifacts/11111111-2222-4333-8444-555555555555`;
    expect((await writer.send('PATCH', absent, { json: {} })).status).toBe(404);
  });

  it.each<[string, object]>([
    ['a link that runs', { source: { repository: 'javascript:alert(1)' } }],
    ['a link with a password', { source: { pipeline_url: 'https://a:b@git.example' } }],
    ['a source of something else', { source: { branch: 'main' } }],
    ['a source that is a list', { source: [] }],
    ['labels that are a list', { labels: ['a'] }],
    ['labels that are no text', { labels: { a: 1 } }],
    ['labels of another prototype', JSON.parse('{"labels":{"__proto__":"x"}}') as object],
    ['a label that cannot be stored', { labels: { a: 'x\0' } }],
    ['notes that cannot be stored', { notes: '\ud800' }],
    ['too many notes', { notes: 'x'.repeat(16385) }],
    ['a day that does not exist', { end_of_life: '2027-02-30' }],
    ['a day that is no text', { end_of_life: 20270228 }],
    ['another state', { state: 'published' }],
  ])('cannot be %s', async (_what, body) => {
    const { path } = await newDraft();
    expect((await writer.send('PATCH', path, { json: body })).status).toBe(400);
    expect((await writer.send('PATCH', path, { json: {} })).members).not.toHaveProperty('labels');
  });

  it.each<[string, object]>([
    ['a user with a blank', { default_user: 'a b' }],
    ['less than nothing', { min_disk_bytes: -1 }],
    ['half a byte', { min_memory_bytes: 0.5 }],
    ['another firmware', { firmware: 'coreboot' }],
    ['a switch as text', { secure_boot: 'true' }],
    ['a switch as a number', { cloud_init: 1 }],
    ['another digest', { primary_blob_digest: randomDigest() }],
  ])('cannot be, of an artifact, %s', async (_what, body) => {
    const { path } = await newDraft();
    const declared = artifactOf({ digest: randomDigest(), sizeBytes: 0 });
    const artifact = await writer.post(`${path}/artifacts`, declared);
    const artifactPath = `${path}/artifacts/${String(artifact.members.id)}`;
    expect((await writer.send('PATCH', artifactPath, { json: body })).status).toBe(400);
  });
});
