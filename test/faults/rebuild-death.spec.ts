import { createHash, randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type ObjectStore, openObjectStore } from '@imgsrv/cas';
import type { Database } from '@imgsrv/platform';
import { SILENT } from '../api/auth-database.js';
import { everything, record } from '../api/recorded-catalogue.js';
import { StreamsCatalog } from '../api/streams-catalog.js';
import { describeWith } from '../fixtures/requirement.js';
import { OpenedDatabase } from '../support/database.js';
import { putObject } from '../support/put-object.js';
import { type S3Service, s3ServiceOf, s3Settings } from '../support/s3-service.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { TestConnection } from '../support/test-connection.js';
import { killNow } from './workers.js';

/** `IMGSRV_TEST_REBUILT=1000 npx jest test/faults/rebuild-death` is the long form. */
const VERSIONS = Number(process.env.IMGSRV_TEST_REBUILT ?? '150');

jest.setTimeout(120_000);

interface OpenedBytes {
  readonly store: ObjectStore;
  /** With which a process uses it. */
  readonly settings: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** How many versions have each blob. */
const SHARING = 5;

/** Publishes raw versions of ten images in a few statements, and names every seventh by an alias. */
async function publishMany(database: Database, store: ObjectStore, count: number): Promise<void> {
  const blobs = Array.from({ length: Math.ceil(count / SHARING) }, (_, n) => {
    const bytes = Buffer.from(`content ${n}`);
    const hex = createHash('sha256').update(bytes).digest('hex');
    const key = `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/${randomUUID()}`;
    return { bytes, key, digest: `sha256:${hex}`, size_bytes: bytes.length };
  });
  for (let at = 0; at < blobs.length; at += 20) {
    await Promise.all(blobs.slice(at, at + 20).map(({ key, bytes }) => putObject(store, key, bytes)));
  }
  await database.rows(
    `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format)
     SELECT digest, size_bytes, key, 'unknown' FROM jsonb_to_recordset($1::jsonb) AS b (digest text, size_bytes bigint, key text)`,
    [JSON.stringify(blobs.map(({ digest, key, size_bytes }) => ({ digest, key, size_bytes })))],
  );
  await database.rows(
    `INSERT INTO images (name, visibility) SELECT 'image-' || n, (ARRAY['public', 'internal', 'private'])[1 + n % 3]
       FROM generate_series(0, 9) n`,
  );
  await database.rows(
    `WITH v AS (
       INSERT INTO versions (image_id, version, created_by)
       SELECT i.id, n::text, gen_random_uuid() FROM generate_series(0, $1::int - 1) n JOIN images i ON i.name = 'image-' || n % 10
       RETURNING id, version)
     SELECT count(*) FROM v`,
    [count],
  );
  await database.rows(
    `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
       primary_blob_size_bytes, primary_media_type, bound_blob_digest)
     SELECT v.id, 'default', 'linux', 'x86_64', 'raw', b.digest, b.size_bytes, 'application/octet-stream', b.digest
       FROM versions v JOIN blobs b ON b.digest = 'sha256:' || encode(sha256(('content ' || v.version::int / $1::int)::bytea), 'hex')`,
    [SHARING],
  );
  await database.rows(`UPDATE versions SET state = 'publishing'`);
  await database.rows(`UPDATE versions SET state = 'published', published_at = clock_timestamp()`);
  await database.rows(
    `INSERT INTO aliases (image_id, alias, version_id)
     SELECT image_id, 'a' || version, id FROM versions WHERE version::int % 7 = 0`,
  );
}

function describeRebuild(count: number, openBytes: () => Promise<OpenedBytes>): void {
  let original: OpenedDatabase;
  let target: OpenedDatabase;
  let bytes: OpenedBytes;

  beforeAll(async () => {
    [original, target, bytes] = await Promise.all([
      OpenedDatabase.open(),
      OpenedDatabase.open(),
      openBytes(),
    ]);
    await publishMany(original.database, bytes.store, count - 2);
    const catalog = new StreamsCatalog(original.database, bytes.store);
    await catalog.publishNew('debian', '12');
    await catalog.pointAlias('latest', await catalog.publishNew('debian', '13'));
    await record(original.database, bytes.store);
  });

  afterAll(async () => {
    await Promise.all([original.close(), target.close()]);
    await bytes.store.close();
    await bytes.remove();
  });

  function spawn(flags: readonly string[] = []): ServiceProcess {
    return ServiceProcess.spawn('rebuild', flags, { IMGSRV_POSTGRES_URL: target.url, ...bytes.settings });
  }

  async function restored(): Promise<number> {
    return (await target.database.rows(`SELECT FROM stored_records WHERE subject = 'versions'`)).length;
  }

  it(`is killed in the middle, and restores all ${count} versions when it is repeated`, async () => {
    const [last] = await original.database.rows<{ id: string }>(
      `SELECT subject_id AS id FROM stored_records WHERE subject = 'versions' ORDER BY revision LIMIT 1`,
    );
    const connection = await TestConnection.open(target.url);
    const hold = `INSERT INTO stored_records (subject, subject_id, is_published, revision) VALUES ('versions', $1, true, 1)`;
    await connection.holding(hold, [last?.id], async () => {
      const first = spawn();
      await first.waitUntil('that some versions are there', async () => (await restored()) > 0);
      await killNow(first);
    });
    await connection.close();
    const before = await restored();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(count);

    const second = spawn();
    expect({ ...(await second.exited), stderr: second.stderr }).toMatchObject({ code: 0 });
    expect(second.stdout).toMatch(new RegExp(`^restored: \\d+ images, ${count - before} versions, `));
    expect(second.stdout).toContain('not restored: 0\n');
    expect(await everything(target.database)).toEqual(await everything(original.database));
  });

  it('says what is missing and ends with 1', async () => {
    const [version] = await original.database.rows<{ id: string; storage_key: string }>(
      `SELECT v.id, b.storage_key FROM versions v JOIN artifacts a ON a.version_id = v.id
         JOIN blobs b ON b.digest = a.bound_blob_digest WHERE v.version = '1'`,
    );
    await bytes.store.delete(version?.storage_key ?? '');
    await target.database.rows('DELETE FROM stored_records WHERE subject_id = $1', [version?.id]);
    const rebuild = spawn(['--verify-bytes']);
    expect(await rebuild.exited).toMatchObject({ code: 1 });
    expect(rebuild.stdout).toMatch(/^not restored: 1$/m);
    expect(rebuild.stderr).toMatch(/not restored: version image-1\/1: the bytes of sha256:\w+ are missing/);
  });

  it('refuses in a sentence, and ends with 1', async () => {
    await target.database.rows(`INSERT INTO images (name) VALUES ('other')`);
    const rebuild = spawn();
    expect(await rebuild.exited).toMatchObject({ code: 1 });
    expect(rebuild.stderr).toMatch(
      /nothing more is restored: The database has an image that .*, other\. Use an empty/,
    );
  });
}

describe('a rebuild out of a folder', () => {
  describeRebuild(VERSIONS, async () => {
    const folder = await createTemporaryFolder('rebuild');
    return {
      store: opened({ storageDir: folder.path }),
      settings: { IMGSRV_STORAGE_DIR: folder.path },
      remove: () => folder.remove(),
    };
  });
});

/** Of a bucket of its own. */
describeWith('s3', 'a rebuild out of an S3 bucket', () => {
  describeRebuild(60, async () => {
    const service: S3Service = { ...s3ServiceOf(process.env), bucket: `imgsrv-rebuild-${randomUUID()}` };
    const { endpoint, bucket, accessKeyId, secretAccessKey } = service;
    const credentials = { accessKeyId, secretAccessKey };
    const address = { endpoint: `http://${endpoint}`, region: 'us-east-1', forcePathStyle: true };
    const owner = new S3Client({ ...address, credentials });
    await owner.send(new CreateBucketCommand({ Bucket: bucket }));
    owner.destroy();
    const s3 = { ...service, region: 'us-east-1', useTls: false, pathStyle: true, keyFiles: [] };
    return {
      store: opened({ s3: { ...s3, readKeysAgain: () => credentials } }),
      settings: s3Settings(service),
      remove: () => Promise.resolve(),
    };
  });
});

function opened(where: Parameters<typeof openObjectStore>[0]): ObjectStore {
  const store = openObjectStore(where, SILENT);
  if (store === undefined) throw new Error('there is no store');
  return store;
}
