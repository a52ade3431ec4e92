import { randomUUID } from 'node:crypto';
import { Database, type MigrationClass } from '@imgsrv/platform';
import { pino } from 'pino';
import { MIGRATIONS } from '../../migrations/index.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { randomDigest } from './catalog-database.js';

const BEFORE = MIGRATIONS.slice(
  0,
  MIGRATIONS.findIndex(({ name }) => name.startsWith('Possessions')),
);

async function migrated(url: string, migrations: readonly MigrationClass[]): Promise<Database> {
  const database = new Database({
    url,
    applicationName: 'imgsrv-test',
    entities: [],
    migrations,
    logger: pino({ level: 'error' }),
  });
  await database.start();
  return database;
}

async function insertReadyUpload(database: Database, digest: string, storageKey: string | null) {
  const principalId = randomUUID();
  await database.rows(
    `INSERT INTO upload_sessions
       (expected_digest, expected_size_bytes, state, storage_key, multipart_upload_id, created_by, expires_at)
     VALUES ($1, 1, 'ready', $2, $2, $3, now())`,
    [digest, storageKey, principalId],
  );
  return principalId;
}

it('uploads of an earlier release prove that bytes were brought only where their object became the blob', async () => {
  const empty = await createEmptyDatabase();
  try {
    const before = await migrated(empty.url, BEFORE);
    const [digest, storageKey] = [randomDigest(), randomUUID()];
    await before.rows(
      `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format) VALUES ($1, 1, $2, 'unknown')`,
      [digest, storageKey],
    );
    const principalId = await insertReadyUpload(before, digest, storageKey);
    await insertReadyUpload(before, digest, randomUUID());
    await insertReadyUpload(before, digest, null);
    await before.close();
    const after = await migrated(empty.url, MIGRATIONS);
    expect(await after.rows('SELECT digest, principal_id FROM blob_possessions')).toEqual([
      { digest, principal_id: principalId },
    ]);
    expect(await after.rows('SELECT principal_id, stored_bytes FROM quota_ledger')).toEqual([
      { principal_id: principalId, stored_bytes: '1' },
    ]);
    await after.close();
  } finally {
    await empty.drop();
  }
});
