import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { AUDIENCE, ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { ApiDocument } from './api-document.js';
import { type ContractService, enroll, startContractService } from './contract-service.js';
import type { Answer, Call, HttpClient } from '../support/http-client.js';
import { digestOf, someBytes } from './upload-steps.js';

const IMAGE = '/v1/images/{name}';
const VERSION = `${IMAGE}/versions/{version}`;
const ARTIFACT = `${VERSION}/artifacts/{artifact_id}`;
const ATTACHMENT = `${ARTIFACT}/attachments/{attachment_id}`;

let issuer: ScriptedIssuer;
let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
let service: ContractService;
let api: ApiDocument;

beforeAll(async () => {
  issuer = await ScriptedIssuer.start();
  folder = await createTemporaryFolder('flow');
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, issuer.ca);
  service = await startContractService({
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  api = await ApiDocument.of(service.anonymous);
}, 60_000);

afterAll(async () => {
  await service.stop();
  await issuer.close();
  await folder.remove();
}, 60_000);

/** What was asked for, by request id, to hold it against the audit log. */
const asked = new Map<string, { readonly operation: string; readonly status: number }>();

type Values = Readonly<Record<string, string>>;

/** Calls an operation, expects this status and the answer to be as documented. */
async function call(
  client: HttpClient,
  operation: `${string} ${string}`,
  status: number,
  values: Values = {},
  request: Call & { readonly query?: string } = {},
): Promise<Answer & { readonly body: Readonly<Record<string, unknown>> }> {
  const [method = '', template = ''] = operation.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => values[name] ?? `no-${name}`);
  const answer = await client.send(method, path + (request.query ?? ''), request);
  expect({ operation, body: answer.bytes.toString('utf8', 0, 300), status: answer.status }).toMatchObject({
    status,
  });
  api.expectDocumented(method, template, answer);
  asked.set(String(answer.headers['x-request-id']), { operation, status });
  return { ...answer, body: (answer.json ?? {}) as Record<string, unknown> };
}

async function upload(bytes: Buffer): Promise<void> {
  const { writer } = service;
  const announcement = { expected_digest: digestOf(bytes), expected_size_bytes: bytes.length };
  const begun = await call(writer, 'POST /v1/uploads', 201, {}, { json: announcement });
  const values = { upload_id: String(begun.body.id), part_number: '1' };
  const part = '/v1/uploads/{upload_id}/parts/{part_number}';
  const { body } = await call(writer, `PUT ${part}`, 200, values, { body: bytes });
  await call(writer, 'GET /v1/uploads/{upload_id}/parts', 200, values);
  const parts = [{ number: 1, etag: body.etag, size_bytes: bytes.length }];
  await call(writer, 'POST /v1/uploads/{upload_id}/complete', 200, values, { json: { parts } });
  await waitFor(
    async () => (await call(writer, 'GET /v1/uploads/{upload_id}', 200, values)).body.state === 'ready',
    { what: 'the upload to be ready' },
  );
  await call(writer, 'POST /v1/uploads', 200, {}, { json: announcement });
  await call(writer, `PUT ${part}`, 412, values, { body: bytes });
  await call(writer, 'POST /v1/uploads/{upload_id}/abort', 412, values);
}

function artifactOf(bytes: Buffer, changes: object = {}) {
  return {
    operating_system: 'debian',
    architecture: 'amd64',
    format: 'qcow2',
    primary_blob_digest: digestOf(bytes),
    primary_blob_size_bytes: bytes.length,
    primary_media_type: 'application/x-qemu-disk',
    ...changes,
  };
}

function attachmentOf(bytes: Buffer, name: string) {
  return {
    name,
    media_type: 'application/x-xz',
    blob_digest: digestOf(bytes),
    blob_size_bytes: bytes.length,
  };
}

function releaseOf(disk: Buffer, metadata: Buffer) {
  const attachments = [attachmentOf(metadata, 'incus.tar.xz')];
  const said = { notes: 'Fixes', labels: { a: 'b' }, end_of_life: '2030-01-31' };
  return { artifacts: [{ ...artifactOf(disk), attachments }], aliases: ['released'], metadata: said };
}

async function settledJob(values: Values): Promise<Readonly<Record<string, unknown>>> {
  return waitFor(
    async () => {
      const { body } = await call(service.writer, 'GET /v1/publish-jobs/{job_id}', 200, values);
      return body.state === 'succeeded' || body.state === 'failed' ? body : undefined;
    },
    { what: 'the publish job to end', timeoutMs: 25_000 },
  );
}

it('answers as documented while a version is made, published and read', async () => {
  const { anonymous, writer } = service;
  const image = { name: 'debian', version: '12.1', alias: 'latest', ref: 'latest' };
  const disk = makeWholeQcow2();
  const metadata = readRealArchive('split');
  await upload(disk);
  await upload(metadata);
  const small = someBytes();
  const blob = { digest: digestOf(small) };
  await call(writer, 'PUT /v1/blobs/{digest}', 412, { digest: digestOf(disk) }, { body: small });
  await call(writer, 'HEAD /v1/blobs/{digest}', 404, blob);
  await call(writer, 'PUT /v1/blobs/{digest}', 200, { digest: digestOf(disk) }, { body: disk });

  await call(writer, 'POST /v1/images', 201, {}, { json: { name: 'debian', display_name: 'Debian' } });
  await call(writer, 'POST /v1/images', 409, {}, { json: { name: 'debian' } });
  await call(writer, `PATCH ${IMAGE}`, 200, image, { json: { description: 'A system', display_name: null } });
  await call(writer, `GET ${IMAGE}`, 200, image);
  await call(anonymous, `GET ${IMAGE}`, 404, image);
  await call(writer, `POST ${IMAGE}/versions`, 201, image, { json: { version: '12.1' } });
  await call(writer, `POST ${IMAGE}/versions`, 409, image, { json: { version: '12.1' } });
  await call(writer, `POST ${VERSION}/publish`, 412, image);

  const artifacts = `POST ${VERSION}/artifacts` as const;
  const artifact = await call(writer, artifacts, 201, image, { json: artifactOf(disk) });
  await call(writer, artifacts, 409, image, { json: artifactOf(disk) });
  const values = { ...image, artifact_id: String(artifact.body.id) };
  await call(writer, `PATCH ${ARTIFACT}`, 200, values, { json: { secure_boot: false } });
  await call(writer, `PATCH ${ARTIFACT}`, 200, values, { json: { secure_boot: null } });
  await call(writer, `PATCH ${VERSION}`, 200, image, { json: { notes: 'Fixes', labels: { a: 'b' } } });
  const attachments = `POST ${ARTIFACT}/attachments` as const;
  const attached = await call(writer, attachments, 201, values, {
    json: attachmentOf(metadata, 'incus.tar.xz'),
  });
  await call(writer, attachments, 409, values, { json: attachmentOf(metadata, 'incus.tar.xz') });
  const all = { ...values, attachment_id: String(attached.body.id), digest: digestOf(disk) };

  const missing = await call(writer, attachments, 201, values, { json: attachmentOf(someBytes(), 'absent') });
  const refused = await call(writer, `POST ${VERSION}/publish`, 412, image);
  expect(refused.body).toHaveProperty('missing_digests');
  await call(writer, `DELETE ${ATTACHMENT}`, 204, { ...values, attachment_id: String(missing.body.id) });
  const spare = await call(writer, artifacts, 201, image, { json: artifactOf(disk, { variant: 'spare' }) });
  await call(writer, `DELETE ${ARTIFACT}`, 204, { ...image, artifact_id: String(spare.body.id) });

  const release = `POST ${VERSION}/release` as const;
  await call(
    writer,
    release,
    412,
    { ...image, version: '12.3' },
    { json: { artifacts: [artifactOf(someBytes())] } },
  );
  const job = await call(writer, release, 202, image, { json: releaseOf(disk, metadata) });
  expect(job.headers.location).toBe(`/v1/publish-jobs/${String(job.body.id)}`);
  const done = await settledJob({ job_id: String(job.body.id) });
  expect(done).toMatchObject({ state: 'succeeded', report: expect.any(Array) as unknown[] });
  await call(writer, `POST ${VERSION}/publish`, 202, image);
  await call(writer, release, 202, image, { json: releaseOf(disk, metadata) });
  await call(writer, release, 409, image, { json: { artifacts: [artifactOf(metadata)] } });
  await call(writer, `GET ${VERSION}/publish-job`, 200, image);
  await call(writer, 'POST /v1/publish-jobs/{job_id}/retry', 412, { job_id: String(job.body.id) });
  await call(writer, 'POST /v1/publish-jobs/{job_id}/cancel', 412, { job_id: String(job.body.id) });
  await call(writer, `DELETE ${VERSION}`, 412, image);
  await call(writer, `PATCH ${VERSION}`, 412, image, { json: {} });
  await call(writer, `PATCH ${ARTIFACT}`, 412, all, { json: {} });
  await call(writer, `DELETE ${ARTIFACT}`, 412, all);
  await call(writer, `DELETE ${ATTACHMENT}`, 412, all);

  const aliases = `${IMAGE}/aliases/{alias}`;
  await call(writer, `DELETE ${aliases}`, 204, { ...image, alias: 'released' });
  const alias = await call(writer, `PUT ${aliases}`, 200, image, { json: { version: '12.1' } });
  const old = { 'if-match': '"other"' };
  await call(writer, `PUT ${aliases}`, 412, image, { json: { version: '12.1' }, headers: old });
  await call(anonymous, `GET ${aliases}`, 200, image);
  await call(anonymous, `GET ${IMAGE}/aliases`, 200, image);
  await call(anonymous, `GET ${IMAGE}/refs/{ref}`, 200, image);
  expect(alias.headers.etag).toMatch(/^"/);

  await call(anonymous, 'GET /v1/images', 200);
  await call(anonymous, `GET ${IMAGE}/versions`, 200, image);
  await call(writer, `POST ${IMAGE}/versions`, 201, image, { json: { version: '12.2' } });
  await call(writer, `GET ${IMAGE}/versions`, 200, image, { query: '?state=draft,published&limit=1' });
  await call(writer, `DELETE ${VERSION}`, 204, { ...image, version: '12.2' });
  await call(anonymous, `GET ${VERSION}`, 200, image);
  await call(anonymous, `GET ${VERSION}/artifacts`, 200, image);
  await call(anonymous, `GET ${ARTIFACT}`, 200, all);

  const whole = disk.length;
  for (const download of [`${ARTIFACT}/download`, '/v1/blobs/{digest}', `${ATTACHMENT}/download`]) {
    const { headers } = await call(anonymous, `GET ${download}`, 200, all);
    await call(anonymous, `HEAD ${download}`, 200, all);
    await call(anonymous, `GET ${download}`, 206, all, { headers: { range: 'bytes=0-9' } });
    await call(anonymous, `GET ${download}`, 416, all, { headers: { range: `bytes=${whole}-` } });
    await call(anonymous, `GET ${download}`, 304, all, { headers: { 'if-none-match': headers.etag ?? '' } });
    await call(anonymous, `GET ${download}`, 412, all, { headers: { 'if-match': '"other"' } });
  }
  await readStreams(disk);
  await call(writer, `DELETE ${aliases}`, 412, image, { headers: old });
  await call(writer, `DELETE ${aliases}`, 204, image);
});

async function readStreams(disk: Buffer): Promise<void> {
  const { anonymous } = service;
  const files: readonly string[] = await waitFor(
    async () => {
      const { bytes } = await call(anonymous, 'GET /streams/v1/images.json', 200);
      const paths = [...bytes.toString().matchAll(/"streams\/v1\/files\/[^"]+"/g)];
      return paths.length > 0 ? paths.map(([path]) => path.slice(1, -1)) : undefined;
    },
    { what: 'the version in Simple Streams' },
  );
  const { headers } = await call(anonymous, 'GET /streams/v1/index.json', 200);
  const known = { headers: { 'if-none-match': headers.etag ?? '' } };
  await call(anonymous, 'GET /streams/v1/index.json', 304, {}, known);
  const path = files.find((file) => file.includes(digestOf(disk).slice(7))) ?? '';
  const [hex = '', file_name = ''] = path.split('/').slice(3);
  const file = await call(anonymous, 'GET /streams/v1/files/{hex}/{file_name}', 200, { hex, file_name });
  expect(file.bytes.equals(disk)).toBe(true);
}

it('answers as documented while a publish fails and is given up', async () => {
  const { writer } = service;
  const image = { name: 'broken', version: '1' };
  const bytes = someBytes();
  bytes.write('plain', 0);
  await upload(bytes);
  await call(writer, 'POST /v1/images', 201, {}, { json: { name: 'broken' } });
  await call(writer, `POST ${IMAGE}/versions`, 201, image, { json: { version: '1' } });
  await call(writer, `POST ${VERSION}/artifacts`, 201, image, { json: artifactOf(bytes) });
  const job = await call(writer, `POST ${VERSION}/publish`, 202, image);
  const values = { job_id: String(job.body.id) };
  const failed = await settledJob(values);
  expect(failed).toMatchObject({ state: 'failed', failed_step: 'validate_catalog' });
  await call(writer, 'POST /v1/publish-jobs/{job_id}/retry', 202, values);
  await settledJob(values);
  await call(writer, 'POST /v1/publish-jobs/{job_id}/cancel', 200, values);
  const begun = await call(
    writer,
    'POST /v1/uploads',
    201,
    {},
    {
      json: { expected_digest: digestOf(someBytes()), expected_size_bytes: 1 },
    },
  );
  await call(writer, 'POST /v1/uploads/{upload_id}/abort', 200, { upload_id: String(begun.body.id) });
});

it('answers as documented while versions are deprecated, withdrawn, restored and retained', async () => {
  const { writer } = service;
  const admin = await enroll(service, ['content-writer', 'content-admin']);
  const image = { name: 'debian', version: '12.1' };
  const reason = { json: { reason: 'It has a weakness.' } };
  await call(writer, `POST ${VERSION}/deprecation`, 200, image, reason);
  await call(writer, `DELETE ${VERSION}/deprecation`, 204, image);

  const promotions = `${IMAGE}/promotions`;
  await call(
    writer,
    `PUT ${IMAGE}/aliases/{alias}`,
    200,
    { ...image, alias: 'proved' },
    { json: { version: '12.1' } },
  );
  const channel = { channel: 'proved' };
  const view = { json: { image_patterns: ['debian'], alias: 'proved' } };
  await call(writer, 'PUT /v1/channels/{channel}', 200, channel, view);
  await call(service.anonymous, 'PUT /v1/channels/{channel}', 401, channel, view);
  await call(service.anonymous, 'GET /v1/channels', 200);
  await call(service.anonymous, 'GET /v1/channels/{channel}', 200, channel);
  await call(service.anonymous, 'GET /c/{channel}/streams/v1/index.json', 200, channel);
  await call(service.anonymous, 'GET /c/{channel}/streams/v1/images.json', 200, channel);
  const shown = await service.anonymous.get('/c/proved/streams/v1/images.json');
  const [, hex = '', file_name = ''] = /files\/([0-9a-f]{64})\/([^"]+)"/.exec(shown.bytes.toString()) ?? [];
  const file = 'GET /c/{channel}/streams/v1/files/{hex}/{file_name}';
  await call(service.anonymous, file, 200, { ...channel, hex, file_name });
  await call(service.anonymous, file, 404, { ...channel, hex: '0'.repeat(64), file_name });
  await call(writer, 'DELETE /v1/channels/{channel}', 204, channel);
  await call(service.anonymous, 'GET /v1/channels/{channel}', 404, channel);

  const aliases = { json: { from_alias: 'proved', to_alias: 'promoted' } };
  const promoted = await call(writer, `POST ${promotions}`, 201, image, aliases);
  await call(writer, `POST ${promotions}`, 409, image, aliases);
  await call(service.anonymous, `GET ${promotions}`, 401, image);
  await call(writer, `GET ${promotions}`, 200, image);
  const promotion = { ...image, promotion_id: String(promoted.body.id) };
  await call(writer, `GET ${promotions}/{promotion_id}`, 200, promotion);
  await call(writer, `POST ${promotions}/{promotion_id}/revert`, 201, promotion);
  await call(writer, `POST ${promotions}/{promotion_id}/revert`, 409, promotion);
  await call(writer, `DELETE ${IMAGE}/aliases/{alias}`, 204, { ...image, alias: 'proved' });

  const retention = `${IMAGE}/retention`;
  await call(writer, `GET ${retention}`, 404, image);
  await call(writer, `PUT ${retention}`, 403, image, { json: { keep_newest: 5 } });
  await call(admin, `PUT ${retention}`, 200, image, { json: { keep_newest: 5 } });
  await call(writer, `GET ${retention}`, 200, image);
  await call(writer, `GET ${retention}/preview`, 200, image);
  await call(admin, `DELETE ${retention}`, 204, image);

  await call(admin, `DELETE ${IMAGE}`, 409, image);
  await call(writer, `POST ${VERSION}/withdrawal`, 403, image, reason);
  await call(admin, `POST ${VERSION}/withdrawal`, 400, image, { json: {} });
  await call(admin, `POST ${VERSION}/withdrawal`, 200, image, reason);
  await call(service.anonymous, `GET ${VERSION}`, 410, image);
  await call(admin, `DELETE ${VERSION}/withdrawal`, 204, image);
  await call(admin, `DELETE ${VERSION}/withdrawal`, 412, image);

  await call(writer, 'POST /v1/images', 201, {}, { json: { name: 'empty' } });
  await call(writer, `DELETE ${IMAGE}`, 204, { name: 'empty' });
});

it('answers as documented while what is stored is looked at and collected', async () => {
  const storage = await enroll(service, ['storage-manager']);
  await call(storage, 'GET /v1/storage', 200);
  const collections = '/v1/storage/collections';
  const begun = await call(storage, `POST ${collections}`, 202, {}, { json: { dry_run: true } });
  const values = { collection_id: String(begun.body.id), digest: digestOf(makeWholeQcow2()) };
  await waitFor(
    async () =>
      (await call(storage, `GET ${collections}/{collection_id}`, 200, values)).body.state === 'succeeded',
    { what: 'the collection to end' },
  );
  await call(storage, 'GET /v1/blobs', 200, {}, { query: '?limit=1' });
  await call(storage, 'GET /v1/blobs', 200, {}, { query: '?state=damaged' });
  await call(storage, 'DELETE /v1/blobs/{digest}', 409, values);
  const loose = someBytes();
  await upload(loose);
  await call(storage, 'DELETE /v1/blobs/{digest}', 202, { digest: digestOf(loose) });
});

it('answers as documented while principals and their tokens are managed', async () => {
  const { manager } = service;
  await call(manager, 'GET /v1/auth/whoami', 200);
  await call(manager, 'GET /v1/auth/roles', 200);
  const json = { kind: 'service', display_name: 'ci', attributes: { team: 'images' } };
  const created = await call(manager, 'POST /v1/auth/principals', 201, {}, { json });
  const values = { principal_id: String(created.body.id), role_id: 'content-writer' };
  const principal = '/v1/auth/principals/{principal_id}';
  await call(manager, `PUT ${principal}/roles/{role_id}`, 204, values);
  await call(manager, `PUT ${principal}/roles/{role_id}`, 400, { ...values, role_id: 'king' });
  await call(manager, `PATCH ${principal}`, 200, values, { json: { display_name: 'CI' } });
  await call(manager, `GET ${principal}`, 200, values);
  await call(manager, 'GET /v1/auth/principals', 200, {}, { query: '?limit=1' });
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const tokens = `POST ${principal}/api-tokens` as const;
  const issued = await call(manager, tokens, 201, values, { json: { name: 'one', expires_at } });
  await call(manager, tokens, 400, values, { json: { expires_at: '2000-01-01T00:00:00Z' } });
  await call(manager, 'DELETE /v1/auth/api-tokens/{token_id}', 204, { token_id: String(issued.body.id) });
  await call(manager, `GET ${principal}/api-tokens`, 200, values);
  const links = `POST ${principal}/read-links` as const;
  const link = await call(manager, links, 201, values, { json: { image_patterns: ['web-*'], expires_at } });
  await call(manager, links, 400, values, { json: { expires_at: '2000-01-01T00:00:00Z' } });
  await call(manager, `GET ${principal}/read-links`, 200, values);
  await call(manager, 'DELETE /v1/auth/read-links/{link_id}', 204, { link_id: String(link.body.id) });
  const me = await call(manager, 'GET /v1/auth/whoami', 200);
  const own = { principal_id: (me.body.principal as { readonly id: string }).id, role_id: 'auth-manager' };
  await call(manager, `DELETE ${principal}`, 409, own);
  await call(manager, `DELETE ${principal}/roles/{role_id}`, 409, own);
  await call(manager, `PATCH ${principal}`, 409, own, { json: { disabled: true } });
  await call(manager, `PUT ${principal}/quota`, 400, values, { json: {} });
  await call(manager, `PUT ${principal}/quota`, 200, values, {
    json: { stored_bytes: 1e12, open_uploads: 5 },
  });
  await call(manager, `GET ${principal}/quota`, 200, values);
  await call(manager, `DELETE ${principal}/quota`, 204, values);
  await call(manager, `DELETE ${principal}/roles/{role_id}`, 204, values);
  await call(manager, `DELETE ${principal}`, 204, values);
  await call(manager, `GET ${principal}`, 404, values);
});

it('answers as documented while provisioning rules are tried, kept and given up', async () => {
  const { manager } = service;
  const rules = '/v1/auth/oidc-provisioning-rules';
  const json = {
    display_name: 'pipeline',
    issuer_url: issuer.url,
    audience: AUDIENCE,
    forwarded_claims: ['team'],
    condition: 'claims.team == "images"',
  };
  const trial = { rule: json, claims: { sub: 'pipeline', aud: AUDIENCE, team: 'images' } };
  await call(manager, `POST ${rules}/evaluate`, 200, {}, { json: trial });
  await call(manager, `POST ${rules}`, 400, {}, { json: { ...json, condition: 'claims.team' } });
  const created = await call(manager, `POST ${rules}`, 201, {}, { json });
  const values = { rule_id: String(created.body.id) };
  await call(manager, `GET ${rules}`, 200);
  await call(manager, `GET ${rules}/{rule_id}`, 200, values);
  await call(manager, `GET ${rules}/{rule_id}/reconciliation`, 200, values);
  await call(manager, `POST ${rules}/{rule_id}/reconciliation`, 200, values);
  await call(manager, `PUT ${rules}/{rule_id}`, 200, values, { json: { ...json, enabled: false } });
  await call(manager, `DELETE ${rules}/{rule_id}`, 204, values);
  await call(manager, `GET ${rules}/{rule_id}`, 404, values);
});

it('answers as documented to those who may not', async () => {
  const { anonymous, manager } = service;
  const body = { body: '{' };
  for (const [name] of api.operations) {
    const [method = '', template = ''] = name.split(' ');
    if (method === 'GET') continue;
    await call(anonymous, `${method} ${template}`, 401, {}, body);
    if (!template.startsWith('/v1/auth/')) await call(manager, `${method} ${template}`, 403, {}, body);
  }
});

/** Parts make no change that anybody could see; evaluating a rule makes none. Bytes in one request are two changes. */
const UNRECORDED = /\/parts\/\{part_number\}$|\/evaluate$|^PUT \/v1\/blobs/;

it('recorded every change once, with who made it, and nothing where nothing was changed', async () => {
  const events = await recordedEvents();
  const changed = events.filter(
    ({ outcome, request_id }) => outcome === 'success' && request_id !== undefined,
  );
  const recorded = new Map(changed.map((event) => [event.request_id, event]));
  expect(changed.filter(({ principal_id, credential_id }) => !principal_id || !credential_id)).toEqual([]);
  expect(recorded.size).toBe(changed.length);

  const changes = [...asked].filter(([, { operation, status }]) => isChange(operation) && status < 300);
  const repeated = changes.filter(([id]) => !recorded.has(id)).map(([, { operation }]) => operation);
  expect(repeated).toEqual([`POST ${VERSION}/publish`, `POST ${VERSION}/release`]);
  const strangers = [...recorded.keys()].filter((id) => {
    const { operation = '', status = 0 } = asked.get(String(id)) ?? {};
    return status >= 300 || !isChange(operation);
  });
  // What was asked for before this file began to count, as the first writer, is not among them.
  expect(strangers.filter((id) => asked.has(String(id)))).toEqual([]);
  expect(new Set(changed.map(({ action }) => action)).size).toBeGreaterThan(25);
});

it('recorded the version that the worker published', async () => {
  const events = await recordedEvents('&action=version.published');
  expect(events).toMatchObject([{ resource: 'images/debian/versions/12.1', after: { state: 'published' } }]);
});

function isChange(operation: string): boolean {
  return !/^(GET|HEAD) /.test(operation) && !UNRECORDED.test(operation);
}

interface RecordedEvent {
  readonly request_id?: string;
  readonly principal_id?: string;
  readonly credential_id?: string;
  readonly action: string;
  readonly resource: string;
  readonly outcome: string;
}

/** All pages of them. */
async function recordedEvents(filter = ''): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let query: string | undefined = `?limit=20${filter}`; query !== undefined;) {
    const page = await call(service.manager, 'GET /v1/audit-events', 200, {}, { query });
    events.push(...(page.body.audit_events as RecordedEvent[]));
    query = /<[^?]*(\?[^>]*)>; rel="next"/.exec(String(page.headers.link))?.[1];
  }
  return events;
}

it('was tried with success on every operation', async () => {
  for (const path of ['/healthz', '/readyz']) await call(service.anonymous, `GET ${path}`, 204);
  expect(api.untried).toEqual([]);
});
