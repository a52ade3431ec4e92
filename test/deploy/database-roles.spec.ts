import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { findObstacle } from '../../libs/records/src/rebuild/restore.repository.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { openDatabase } from '../support/database.js';
import { ServiceProcess } from '../support/service-process.js';
import type { ServiceProcessName } from '../support/service-programs.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { RoleServer } from './role-server.js';

const DOCKER = join(import.meta.dirname, '..', '..', 'docker');
const ROLES = join(DOCKER, 'postgres', 'roles.sql');
const GRANTS = join(DOCKER, 'postgres', 'grants.sql');
const PASSWORDS = {
  owner_password: 'owner-password',
  api_password: "a'pi",
  worker_password: 'worker-password',
};

type Role = 'owner' | 'api' | 'worker';

jest.setTimeout(60_000);

describeWith('psql', 'the database roles', () => {
  let folder: { path: string; remove(): Promise<void> };
  let server: RoleServer;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    folder = await createTemporaryFolder('roles');
    server = await RoleServer.start(folder.path);
    mkdirSync(join(folder.path, 'store'));
    await server.psql(ROLES, PASSWORDS);
  });

  afterAll(async () => {
    for (const process of processes) {
      process.kill('SIGKILL');
      await process.exited;
    }
    await server.stop();
    await folder.remove();
  });

  function urlOf(role: Role): string {
    return server.urlOf(`imgsrv_${role}`, encodeURIComponent(PASSWORDS[`${role}_password`]));
  }

  function spawn(name: ServiceProcessName, role: Role, flags: readonly string[] = []): ServiceProcess {
    const settings = { IMGSRV_POSTGRES_URL: urlOf(role), IMGSRV_STORAGE_DIR: join(folder.path, 'store') };
    const listen = ['--listen', '127.0.0.1:0', '--metrics-listen', ''];
    const spawned = ServiceProcess.spawn(name, [...listen, ...flags], settings);
    processes.push(spawned);
    return spawned;
  }

  it.each(['api', 'worker'] as const)('do not let the %s make the tables', async (role) => {
    const process = spawn(role, role);
    expect((await process.exited).code).toBe(1);
    expect(process.stderr).toMatch(/permission denied/);
  });

  it('let the owner make the tables and grant, again and again', async () => {
    await server.psql(ROLES, PASSWORDS);
    for (let round = 1; round <= 2; round += 1) {
      const both = [1, 2].map(() => spawn('api', 'owner', ['--migrate-only', '--grants-file', GRANTS]));
      for (const process of both) {
        expect({ ...(await process.exited), log: process.stderr }).toMatchObject({ code: 0 });
      }
    }
  });

  it('cover every table: who adds one decides in grants.sql who may read it', async () => {
    const unread = await server.query<{ name: string }>(
      urlOf('owner'),
      `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
         AND NOT has_any_column_privilege('imgsrv_api', c.oid, 'SELECT')
         AND NOT has_any_column_privilege('imgsrv_worker', c.oid, 'SELECT')`,
    );
    expect(unread).toEqual([]);
  });

  it.each([
    ['owner', 'owns the tables'],
    ['api', 'is that of an api'],
    ['worker', 'is that of a worker'],
  ] as const)('are what doctor says of the %s', async (role, rights) => {
    const process = ServiceProcess.spawn('doctor', [], { IMGSRV_POSTGRES_URL: urlOf(role) });
    await process.exited;
    expect(process.stdout).toMatch(
      new RegExp(`^ok +postgres: rights: The role imgsrv_${role} ${rights}`, 'm'),
    );
  });

  it('are enough to publish, to administrate and to clean up', async () => {
    const [api, worker] = [spawn('api', 'api'), spawn('worker', 'worker')];
    await Promise.all([api.waitUntilListening(), worker.waitUntilListening()]);
    const token = await waitFor(() => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]);
    const address = { baseUrl: api.url };
    const admin = new PublisherClient(address, token);
    const publisher = await PublisherClient.enroll(address, token);

    await putInOneRequest(publisher);
    const bytes = makeWholeQcow2();
    const disk = await publisher.uploadFile(bytes);
    bytes.write('changed', 7 * 4096);
    const changedDisk = await publisher.uploadFile(bytes);
    const metadata = await publisher.uploadFile(readRealArchive('split'));
    await publisher.createImage('tiny');
    for (const version of ['1', '2']) {
      await publisher.createVersion('tiny', version);
      const artifact = await publisher.addArtifact('tiny', version, { format: 'qcow2', blob: disk });
      await publisher.addAttachment('tiny', version, artifact.id, { name: 'incus.tar.xz', blob: metadata });
      await publisher.addArtifact('tiny', version, {
        ...{ format: 'qcow2', variant: 'plain', blob: version === '1' ? disk : changedDisk },
        ...(version === '1' ? {} : { deltaFrom: '1' }),
        incus: { os: 'Tiny', release: version },
      });
      await publisher.publish('tiny', version);
      await publisher.setAlias('tiny', 'latest', version);
    }
    await publisher.call('PATCH', '/v1/images/tiny', { display_name: 'Tiny' });
    await publisher.call('DELETE', '/v1/images/tiny/aliases/latest');
    await publisher.call('POST', '/v1/images/tiny/versions/1/deprecation', { reason: 'old' });
    await publisher.call('DELETE', '/v1/images/tiny/versions/1/deprecation');
    await takeBack(admin, publisher);
    await publisher.call('DELETE', '/v1/images/tiny/retention');
    await publisher.createImage('unused');
    await publisher.call('DELETE', '/v1/images/unused');
    await publisher.createVersion('tiny', 'draft');
    await publisher.addArtifact('tiny', 'draft', { format: 'raw', blob: disk });
    await publisher.call('DELETE', '/v1/images/tiny/versions/draft');

    await publishInVain(publisher);
    await server.query(
      urlOf('owner'),
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('record_catalog', '{}', 5)`,
    );
    const recorded = async (): Promise<boolean> =>
      (await server.query(urlOf('owner'), 'SELECT FROM stored_records WHERE stored_revision = revision'))
        .length === 3;
    await waitFor(recorded, { what: 'the image and both versions to be recorded' });

    const wrong = { expected_digest: `sha256:${'0'.repeat(64)}`, expected_size_bytes: 10 };
    const { id } = await publisher.call<{ id: string }>('POST', '/v1/uploads', wrong);
    await publisher.call('POST', `/v1/uploads/${id}/abort`);
    await repairBlob(publisher);

    const { principals } = await admin.call<{ principals: { id: string; display_name: string }[] }>(
      'GET',
      '/v1/auth/principals',
    );
    const [ci] = principals.filter(({ display_name }) => display_name === 'test publisher');
    await admin.call('PUT', `/v1/auth/principals/${ci?.id ?? ''}/roles/storage-manager`);
    const loose = await publisher.uploadFile(randomBytes(100));
    await publisher.call('DELETE', `/v1/blobs/${loose.digest}`);
    await publisher.call('POST', '/v1/storage/collections', { dry_run: false });
    const isCollected = async (): Promise<boolean> =>
      (await publisher.http.head(`/v1/blobs/${loose.digest}`)).status === 404;
    await waitFor(isCollected, { what: 'the blob to be collected' });
    await publisher.call('GET', '/v1/storage');
    await admin.call('PUT', `/v1/auth/principals/${ci?.id ?? ''}/quota`, { stored_bytes: 1e12 });
    await admin.call('DELETE', `/v1/auth/principals/${ci?.id ?? ''}/quota`);
    await admin.call('PATCH', `/v1/auth/principals/${ci?.id ?? ''}`, { disabled: true });
    await admin.call('DELETE', `/v1/auth/principals/${ci?.id ?? ''}/roles/content-writer`);
    await admin.call('DELETE', `/v1/auth/principals/${ci?.id ?? ''}`);
    const figures = (): Promise<{ n: number }[]> =>
      server.query(urlOf('owner'), 'SELECT jsonb_array_length(figures) AS n FROM statistics');
    await waitFor(async () => ((await figures())[0]?.n ?? 0) > 0);
    const keptMonths = `SELECT FROM jobs WHERE kind = 'keep_audit_months' AND state = 'succeeded'`;
    await waitFor(async () => (await server.query(urlOf('owner'), keptMonths)).length > 0);

    const check = async (): Promise<unknown> => {
      const checking = spawn('worker', 'worker', ['--verify-ledger']);
      return { ...(await checking.exited), wrong: checking.stderr.includes('differs from what is stored') };
    };
    expect(await check()).toEqual({ code: 0, signal: null, wrong: false });
    await server.query(urlOf('owner'), 'UPDATE quota_ledger SET stored_bytes = stored_bytes + 1');
    expect(await check()).toEqual({ code: 1, signal: null, wrong: true });

    const denied = processes.filter(({ stderr }) => stderr.includes('permission denied'));
    expect(denied.filter((process) => process === api || process === worker)).toEqual([]);
  });

  /** A damaged blob, which an upload repairs and a worker reads again. */
  async function repairBlob(publisher: PublisherClient): Promise<void> {
    const bytes = randomBytes(100);
    const { digest } = await publisher.uploadFile(bytes);
    await server.query(
      urlOf('owner'),
      `UPDATE blobs SET state = 'damaged', damage = 'lost', damaged_at = now() WHERE digest = '${digest}'`,
    );
    expect((await publisher.http.get(`/v1/blobs/${digest}`)).status).toBe(503);
    await publisher.uploadFile(bytes);
    expect((await publisher.http.get(`/v1/blobs/${digest}`)).status).toBe(200);
    await server.query(
      urlOf('owner'),
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('scrub_blobs', '{"digest": "${digest}"}', 5),
         ('scrub_blobs', '{}', 5)`,
    );
    const open = `SELECT FROM jobs WHERE kind = 'scrub_blobs' AND state <> 'succeeded'`;
    await waitFor(async () => (await server.query(urlOf('owner'), open)).length === 0, {
      what: 'a worker to read blobs again',
    });
  }

  /** A withdrawal by somebody, one by retention, and what a worker does after the window. */
  async function takeBack(admin: PublisherClient, publisher: PublisherClient): Promise<void> {
    const { principals } = await admin.call<{ principals: { id: string; display_name: string }[] }>(
      'GET',
      '/v1/auth/principals',
    );
    const [ci] = principals.filter(({ display_name }) => display_name === 'test publisher');
    await admin.call('PUT', `/v1/auth/principals/${ci?.id ?? ''}/roles/content-admin`);
    await publisher.call('POST', '/v1/images/tiny/versions/1/withdrawal', { reason: 'broken' });
    await publisher.call('DELETE', '/v1/images/tiny/versions/1/withdrawal');
    await publisher.call('PUT', '/v1/images/tiny/retention', { keep_newest: 1 });
    await server.query(
      urlOf('owner'),
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('apply_retention', '{}', 5)`,
    );
    const released = async (): Promise<boolean> =>
      (await server.query(urlOf('owner'), 'SELECT FROM versions WHERE released_at IS NOT NULL')).length > 0;
    const withdrawn = async (): Promise<boolean> =>
      (await server.query(urlOf('owner'), `SELECT FROM versions WHERE withdrawn_by = 'retention'`)).length >
      0;
    await waitFor(withdrawn, { what: 'retention to withdraw a version' });
    // As if its window had passed, which nobody but the owner can pretend.
    await server.query(urlOf('owner'), 'ALTER TABLE versions DISABLE TRIGGER versions_guard');
    await server.query(
      urlOf('owner'),
      `UPDATE versions SET withdrawn_at = now() - interval '2 days', restorable_until = now() - interval '1 day'
        WHERE state = 'withdrawn'`,
    );
    await server.query(urlOf('owner'), 'ALTER TABLE versions ENABLE TRIGGER versions_guard');
    await server.query(
      urlOf('owner'),
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ('release_withdrawn', '{}', 5)`,
    );
    await waitFor(released, { what: 'a worker to release a withdrawn version' });
  }

  it('a rebuild wants the owner, and says so', async () => {
    const database = openDatabase(urlOf('worker'));
    await database.start();
    try {
      const obstacle = await database.use((connection) => findObstacle(connection, []));
      expect(obstacle).toContain('It needs the role that owns the tables');
    } finally {
      await database.close();
    }
  });

  it('the worker removes no blob whose grace is not over', async () => {
    await expect(server.query(urlOf('worker'), 'DELETE FROM blobs')).rejects.toMatchObject({
      message: expect.stringContaining('only as a candidate whose time has come') as string,
    });
  });

  /** A publish that fails, is tried again and given up. */
  async function publishInVain(publisher: PublisherClient): Promise<void> {
    const text = await publisher.uploadFile(Buffer.from('not an image'));
    await publisher.createImage('broken');
    await publisher.createVersion('broken', '1');
    await publisher.addArtifact('broken', '1', { format: 'qcow2', blob: text });
    await expect(publisher.publish('broken', '1')).rejects.toThrow('failed');
    const { id } = await publisher.call<{ id: string }>('GET', '/v1/images/broken/versions/1/publish-job');
    await publisher.call('POST', `/v1/publish-jobs/${id}/retry`);
    const hasFailed = async (): Promise<boolean> =>
      (await publisher.call<{ state: string }>('GET', `/v1/publish-jobs/${id}`)).state === 'failed';
    await waitFor(hasFailed, { what: 'the publish to fail again' });
    await publisher.call('POST', `/v1/publish-jobs/${id}/cancel`);
  }

  it('the api cancels a job that a worker holds, without a right to its lease', async () => {
    await server.query(
      urlOf('owner'),
      `INSERT INTO jobs (kind, payload, max_attempts, state, attempt, lease_token, lease_expires_at, worker_id, started_at)
       VALUES ('held', '{}', 1, 'running', 1, gen_random_uuid(), now() + interval '1 hour', 'held', now())`,
    );
    const canceled = await server.query(
      urlOf('api'),
      `UPDATE jobs SET state = 'canceled', finished_at = now() WHERE kind = 'held' RETURNING lease_token, worker_id`,
    );
    expect(canceled).toEqual([{ lease_token: null, worker_id: null }]);
  });

  const refused: readonly (readonly [Role, string])[] = [
    ...['api_tokens', 'principals', 'role_assignments', 'oidc_identities', 'audit_events'].map(
      (table) => ['worker', `SELECT FROM ${table}`] as const,
    ),
    ['worker', 'DELETE FROM upload_sessions'],
    ['worker', 'DELETE FROM versions'],
    ['worker', 'INSERT INTO versions DEFAULT VALUES'],
    ['worker', 'UPDATE artifacts SET format = format'],
    ['worker', 'UPDATE blobs SET size_bytes = 1'],
    ['worker', 'UPDATE blobs SET detected_format = detected_format'],
    ['worker', 'UPDATE stored_records SET revision = 1'],
    ['api', 'UPDATE stored_records SET storage_key = NULL'],
    ['worker', 'UPDATE collection_candidates SET review_after = now()'],
    ['api', 'INSERT INTO blobs DEFAULT VALUES'],
    ['api', 'UPDATE blobs SET storage_key = storage_key'],
    ['api', 'UPDATE blobs SET state = state'],
    ['api', 'DELETE FROM blobs'],
    ['api', 'UPDATE collection_candidates SET digest = digest'],
    ['api', 'DELETE FROM stray_objects'],
    ['api', 'DELETE FROM jobs'],
    ['api', 'UPDATE jobs SET lease_token = NULL'],
    ['api', 'UPDATE jobs SET payload = payload'],
    ['api', 'INSERT INTO stream_roots DEFAULT VALUES'],
    ['api', 'UPDATE audit_events SET outcome = outcome'],
    ['api', 'DELETE FROM audit_events'],
    ['api', 'DELETE FROM audit_events_default'],
    ['api', 'INSERT INTO audit_events_default DEFAULT VALUES'],
    [
      'api',
      `INSERT INTO audit_events (occurred_at, action, resource, outcome) VALUES (now(), 'x', 'x', 'success')`,
    ],
    ['api', 'SELECT keep_audit_months(0, now())'],
    ['worker', `SELECT add_audit_months('{}')`],
    ['worker', 'DROP TABLE audit_events_default'],
    ['api', 'UPDATE quota_ledger SET stored_bytes = 0'],
    ['api', `SELECT enter_in_ledger(gen_random_uuid(), -1)`],
    ['worker', 'UPDATE quota_ledger SET stored_bytes = 0'],
    ['worker', 'UPDATE quotas SET stored_bytes = 1'],
    ['api', 'DELETE FROM principals'],
    ['api', 'DELETE FROM api_tokens'],
    ...(['api', 'worker'] as const).flatMap((role) => [
      [role, 'TRUNCATE jobs CASCADE'] as const,
      [role, 'CREATE TABLE mine ()'] as const,
      [role, 'CREATE TEMPORARY TABLE mine ()'] as const,
      [role, 'ALTER TABLE versions DISABLE TRIGGER ALL'] as const,
      [role, 'INSERT INTO schema_migrations DEFAULT VALUES'] as const,
      [role, 'CREATE ROLE mine'] as const,
      [role, `SELECT pg_read_file('/etc/passwd')`] as const,
    ]),
  ];

  it.each(refused)('refuse the %s: %s', async (role, sql) => {
    // 42501 is insufficient_privilege.
    await expect(server.query(urlOf(role), sql)).rejects.toMatchObject({ code: '42501' });
  });
});

async function putInOneRequest({ http }: PublisherClient): Promise<void> {
  const bytes = randomBytes(100);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  expect((await http.send('PUT', `/v1/blobs/${digest}`, { body: bytes })).status).toBe(201);
  const wrong = await http.send('PUT', `/v1/blobs/sha256:${'0'.repeat(64)}`, { body: bytes });
  expect(wrong.status).toBe(400);
}
