import { randomUUID } from 'node:crypto';
import { type Database, sqlState } from '@imgsrv/platform';
import { OpenedDatabase, someoneWaits } from '../support/database.js';
import { insertVerifiedBlob, randomDigest } from './catalog-database.js';

/** What Postgres calls a trigger's refusal, a broken check and a broken reference. */
const REFUSED = '23001';
const CHECK_BROKEN = '23514';
const REFERENCE_BROKEN = '23503';

let catalog: OpenedDatabase;
let database: Database;

beforeAll(async () => {
  catalog = await OpenedDatabase.open();
  ({ database } = catalog);
});

afterAll(() => catalog.close());

interface Content {
  readonly imageId: string;
  readonly versionId: string;
  readonly artifactId: string;
  readonly attachmentId: string;
  readonly digest: string;
}

async function only<Row extends object>(sql: string, parameters: readonly unknown[]): Promise<Row> {
  const [row] = await database.rows<Row>(sql, parameters);
  if (row === undefined) {
    throw new Error('no row');
  }
  return row;
}

/** A draft with an artifact and an attachment of verified blobs, written by plain SQL. */
async function draft(): Promise<Content> {
  const blob = await insertVerifiedBlob(database);
  const image = await only<{ id: string }>('INSERT INTO images (name) VALUES ($1) RETURNING id', [
    `image-${randomUUID()}`,
  ]);
  const version = await only<{ id: string }>(
    `INSERT INTO versions (image_id, version) VALUES ($1, '1') RETURNING id`,
    [image.id],
  );
  const artifact = await only<{ id: string }>(
    `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
       primary_blob_size_bytes, primary_media_type)
     VALUES ($1, 'default', 'linux', 'amd64', 'raw', $2, $3, 'a/b') RETURNING id`,
    [version.id, blob.digest, blob.sizeBytes],
  );
  const attachment = await only<{ id: string }>(
    `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes)
     VALUES ($1, 'readme', 'a/b', $2, $3) RETURNING id`,
    [artifact.id, blob.digest, blob.sizeBytes],
  );
  return {
    imageId: image.id,
    versionId: version.id,
    artifactId: artifact.id,
    attachmentId: attachment.id,
    digest: blob.digest,
  };
}

async function publishing(): Promise<Content> {
  const content = await draft();
  await bind(content);
  await database.rows(`UPDATE versions SET state = 'publishing' WHERE id = $1`, [content.versionId]);
  return content;
}

async function published(): Promise<Content> {
  const content = await publishing();
  await database.rows(`UPDATE versions SET state = 'published', published_at = now() WHERE id = $1`, [
    content.versionId,
  ]);
  return content;
}

async function bind({ artifactId, attachmentId }: Content): Promise<void> {
  await database.rows('UPDATE artifacts SET bound_blob_digest = primary_blob_digest WHERE id = $1', [
    artifactId,
  ]);
  await database.rows('UPDATE attachments SET bound_blob_digest = blob_digest WHERE id = $1', [attachmentId]);
}

/** Every row of the content as it is now. */
async function snapshot({ imageId, digest }: Content): Promise<unknown> {
  return only(
    `SELECT (SELECT jsonb_agg(v ORDER BY v.id) FROM versions v WHERE v.image_id = $1) AS versions,
            (SELECT jsonb_agg(a ORDER BY a.id) FROM artifacts a JOIN versions v ON v.id = a.version_id
              WHERE v.image_id = $1) AS artifacts,
            (SELECT jsonb_agg(t ORDER BY t.id) FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
               JOIN versions v ON v.id = a.version_id WHERE v.image_id = $1) AS attachments,
            (SELECT to_jsonb(b) FROM blobs b WHERE b.digest = $2) AS blob`,
    [imageId, digest],
  );
}

async function stateOf(statement: Promise<unknown>): Promise<string | undefined> {
  return statement.then(
    () => 'accepted',
    (error: unknown) => sqlState(error),
  );
}

type Statement = readonly [what: string, sql: string, parameters: (content: Content) => readonly unknown[]];

const CHANGES: readonly Statement[] = [
  [
    'back to draft',
    `UPDATE versions SET state = 'draft', published_at = NULL WHERE id = $1`,
    (c) => [c.versionId],
  ],
  [
    'back to publishing',
    `UPDATE versions SET state = 'publishing', published_at = NULL WHERE id = $1`,
    (c) => [c.versionId],
  ],
  ['rename the version', `UPDATE versions SET version = '2' WHERE id = $1`, (c) => [c.versionId]],
  [
    'change the time of publication',
    'UPDATE versions SET published_at = now() WHERE id = $1',
    (c) => [c.versionId],
  ],
  ['touch the version', 'UPDATE versions SET updated_at = now() WHERE id = $1', (c) => [c.versionId]],
  [
    'give the version another id',
    'UPDATE versions SET id = gen_random_uuid() WHERE id = $1',
    (c) => [c.versionId],
  ],
  ['delete the version', 'DELETE FROM versions WHERE id = $1', (c) => [c.versionId]],
  [
    'add an artifact',
    `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
       primary_blob_size_bytes, primary_media_type, bound_blob_digest)
     VALUES ($1, 'late', 'linux', 'amd64', 'raw', $2, 1024, 'a/b', $2)`,
    (c) => [c.versionId, c.digest],
  ],
  [
    'change an architecture',
    `UPDATE artifacts SET architecture = 'arm64' WHERE id = $1`,
    (c) => [c.artifactId],
  ],
  [
    'change a media type',
    `UPDATE artifacts SET primary_media_type = 'c/d' WHERE id = $1`,
    (c) => [c.artifactId],
  ],
  [
    'change a digest',
    'UPDATE artifacts SET primary_blob_digest = $2, bound_blob_digest = NULL WHERE id = $1',
    (c) => [c.artifactId, randomDigest()],
  ],
  [
    'unbind an artifact',
    'UPDATE artifacts SET bound_blob_digest = NULL WHERE id = $1',
    (c) => [c.artifactId],
  ],
  ['delete an artifact', 'DELETE FROM artifacts WHERE id = $1', (c) => [c.artifactId]],
  [
    'add an attachment',
    `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest)
     VALUES ($1, 'late', 'a/b', $2, 1024, $2)`,
    (c) => [c.artifactId, c.digest],
  ],
  ...[
    [`notes = 'other'`, 'versions'],
    [`end_of_life = '2030-01-01'`, 'versions'],
    [`labels = '{"a":"b"}'`, 'versions'],
    [`source_repository = 'https://git.example'`, 'versions'],
    [`source_commit = 'abc'`, 'versions'],
    [`source_pipeline_url = 'https://git.example'`, 'versions'],
    [`default_user = 'root'`, 'artifacts'],
    ['min_disk_bytes = 1', 'artifacts'],
    ['min_memory_bytes = 1', 'artifacts'],
    [`firmware = 'bios'`, 'artifacts'],
    ['secure_boot = true', 'artifacts'],
    ['cloud_init = true', 'artifacts'],
    [`incus = '{"os":"a","release":"b"}'`, 'artifacts'],
    [`delta_from = '0.9'`, 'artifacts'],
  ].map(([change, table]): Statement => [
    `say ${change ?? ''} of its ${table ?? ''}`,
    `UPDATE ${table ?? ''} SET ${change ?? ''} WHERE id = $1`,
    (c) => [table === 'versions' ? c.versionId : c.artifactId],
  ]),
  [
    'add generated metadata',
    `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated)
     VALUES ($1, 'incus.tar.xz', 'a/b', $2, 1024, $2, true)`,
    (c) => [c.artifactId, c.digest],
  ],
  [
    'add a generated delta',
    `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated, base_version)
     VALUES ($1, 'disk-kvm.img.vcdiff', 'a/b', $2, 1024, $2, true, '0.9')`,
    (c) => [c.artifactId, c.digest],
  ],
  [
    'call an attachment generated',
    'UPDATE attachments SET is_generated = true WHERE id = $1',
    (c) => [c.attachmentId],
  ],
  ['rename an attachment', `UPDATE attachments SET name = 'other' WHERE id = $1`, (c) => [c.attachmentId]],
  [
    'unbind an attachment',
    'UPDATE attachments SET bound_blob_digest = NULL WHERE id = $1',
    (c) => [c.attachmentId],
  ],
  ['delete an attachment', 'DELETE FROM attachments WHERE id = $1', (c) => [c.attachmentId]],
  [
    'delete the attachments of an artifact',
    'DELETE FROM attachments WHERE artifact_id = $1',
    (c) => [c.artifactId],
  ],
];

it.each(CHANGES)('a published version refuses to %s', async (_what, sql, parameters) => {
  const content = await published();
  const before = await snapshot(content);
  expect(await stateOf(database.rows(sql, parameters(content)))).toBe(REFUSED);
  expect(await snapshot(content)).toEqual(before);
});

it.each(
  CHANGES.filter(
    ([what]) =>
      ![
        'back to draft',
        'back to publishing',
        'touch the version',
        'change the time of publication',
      ].includes(what),
  ),
)('a publishing version refuses to %s', async (_what, sql, parameters) => {
  const content = await publishing();
  const before = await snapshot(content);
  expect(await stateOf(database.rows(sql, parameters(content)))).toBe(REFUSED);
  expect(await snapshot(content)).toEqual(before);
});

const WITHDRAW = `UPDATE versions SET state = 'withdrawn', withdrawn_at = now() - interval '2 days',
  withdrawal_reason = 'why', withdrawn_by = 'request', restorable_until = now() + $2::interval WHERE id = $1`;
const RESTORE = `UPDATE versions SET state = 'published', withdrawn_at = NULL, withdrawal_reason = NULL,
  withdrawn_by = NULL, restorable_until = NULL, restored_at = now() WHERE id = $1`;
const UNBIND = [
  'UPDATE attachments SET bound_blob_digest = NULL WHERE artifact_id = $1',
  'UPDATE artifacts SET bound_blob_digest = NULL WHERE id = $1',
] as const;

/** `window` is how much longer it can be restored; negative when that is over. */
async function withdrawn(window = '1 day'): Promise<Content> {
  const content = await published();
  await database.rows(WITHDRAW, [content.versionId, window]);
  return content;
}

describe('a withdrawn version', () => {
  it.each(
    CHANGES.flatMap(([what, sql, parameters]) =>
      (['1 day', '-1 day'] as const)
        .filter((window) => window === '1 day' || !what.startsWith('unbind'))
        .map((window) => [what, window, sql, parameters] as const),
    ),
  )('refuses to %s, with %s to restore it', async (_what, window, sql, parameters) => {
    const content = await withdrawn(window);
    const before = await snapshot(content);
    expect(await stateOf(database.rows(sql, parameters(content)))).toBe(REFUSED);
    expect(await snapshot(content)).toEqual(before);
  });

  it.each([
    [`withdrawal_reason = 'another'`],
    [`withdrawn_by = 'retention'`],
    [`withdrawn_at = now()`],
    [`restorable_until = restorable_until + interval '1 year'`],
    [`restorable_until = now()`],
    [`released_at = now()`],
    [`deprecated_at = now(), deprecation_reason = 'r'`],
    [`version = '2'`],
    [`state = 'draft'`],
    [`state = 'publishing'`],
  ])('keeps all that it is: %s', async (change) => {
    const content = await withdrawn();
    const before = await snapshot(content);
    expect(
      await stateOf(database.rows(`UPDATE versions SET ${change} WHERE id = $1`, [content.versionId])),
    ).toBe(REFUSED);
    expect(await snapshot(content)).toEqual(before);
  });

  it('comes back as it was, within its window only', async () => {
    const content = await published();
    const shown = async () => {
      const { versions, ...rest } = (await snapshot(content)) as { versions: [Record<string, unknown>] };
      return { ...rest, versions: versions.map((row) => ({ ...row, restored_at: null })) };
    };
    const before = await shown();
    await database.rows(WITHDRAW, [content.versionId, '1 day']);
    await database.rows(RESTORE, [content.versionId]);
    expect(await shown()).toEqual(before);

    const late = await withdrawn('-1 second');
    expect(await stateOf(database.rows(RESTORE, [late.versionId]))).toBe(REFUSED);
  });

  it.each([
    ['with another time of publication', 'published_at = now()'],
    ['with another name', `version = '2'`],
    ['deprecated', `deprecated_at = now(), deprecation_reason = 'r'`],
  ])('does not come back %s', async (_what, change) => {
    const content = await withdrawn();
    const sql = RESTORE.replace('SET ', `SET ${change}, `);
    expect(await stateOf(database.rows(sql, [content.versionId]))).toBe(REFUSED);
  });

  it('keeps its blobs within its window, and lets go of them after it, and of nothing else', async () => {
    const kept = await withdrawn();
    const over = await withdrawn('-1 day');
    // Both as collection may find them, whose grace is over.
    await database.rows(
      'INSERT INTO collection_candidates (digest, review_after) VALUES ($1, now()), ($2, now())',
      [kept.digest, over.digest],
    );
    for (const [sql, id] of [
      [UNBIND[0], kept.artifactId],
      [UNBIND[1], kept.artifactId],
    ] as const) {
      expect(await stateOf(database.rows(sql, [id]))).toBe(REFUSED);
    }
    expect(await stateOf(database.rows('DELETE FROM blobs WHERE digest = $1', [kept.digest]))).toBe(
      REFERENCE_BROKEN,
    );
    for (const sql of UNBIND) {
      expect(await stateOf(database.rows(sql, [over.artifactId]))).toBe('accepted');
    }
    expect(
      await stateOf(
        database.rows('UPDATE artifacts SET bound_blob_digest = primary_blob_digest WHERE id = $1', [
          over.artifactId,
        ]),
      ),
    ).toBe(REFUSED);
    const release = 'UPDATE versions SET released_at = now() WHERE id = $1';
    expect(await stateOf(database.rows(release, [over.versionId]))).toBe('accepted');
    expect(await stateOf(database.rows(release, [over.versionId]))).toBe(REFUSED);
    expect(await stateOf(database.rows('DELETE FROM blobs WHERE digest = $1', [over.digest]))).toBe(
      'accepted',
    );
    expect(await snapshot(over)).toMatchObject({ artifacts: [{ primary_blob_digest: over.digest }] });
  });

  it.each([
    ['draft', draft],
    ['publishing', publishing],
  ] as const)('was never %s', async (_state, make) => {
    const { versionId } = await make();
    const sql = WITHDRAW.replace('SET ', 'SET published_at = now(), ');
    expect(await stateOf(database.rows(sql, [versionId, '1 day']))).toBe(REFUSED);
  });

  it.each([
    ['without a reason', `withdrawal_reason = 'why'`, 'withdrawal_reason = NULL'],
    ['by nobody', `withdrawn_by = 'request'`, 'withdrawn_by = NULL'],
    ['with an empty reason', `'why'`, `''`],
  ])('is not made %s', async (_what, from, to) => {
    const { versionId } = await published();
    expect(await stateOf(database.rows(WITHDRAW.replace(from, to), [versionId, '1 day']))).toBe(CHECK_BROKEN);
  });

  it('is named by no alias, whichever of the two comes first', async () => {
    const named = await published();
    const point = 'INSERT INTO aliases (image_id, alias, version_id) VALUES ($1, $2, $3)';
    await database.rows(point, [named.imageId, 'a', named.versionId]);
    expect(await stateOf(database.rows(WITHDRAW, [named.versionId, '1 day']))).toBe(REFUSED);

    const racing = await published();
    let pointed: Promise<string | undefined> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows(WITHDRAW, [racing.versionId, '1 day']);
      pointed = stateOf(database.rows(point, [racing.imageId, 'a', racing.versionId]));
      await someoneWaits(database);
    });
    expect(await pointed).toBe(REFUSED);

    const raced = await published();
    let withdrawal: Promise<string | undefined> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows(point, [raced.imageId, 'a', raced.versionId]);
      withdrawal = stateOf(database.rows(WITHDRAW, [raced.versionId, '1 day']));
      await someoneWaits(database);
    });
    expect(await withdrawal).toBe(REFUSED);
  });
});

describe('a deprecation', () => {
  const MARK = `UPDATE versions SET deprecated_at = now(), deprecation_reason = 'r' WHERE id = $1`;

  it('is all that changes of a published version, and can be taken back', async () => {
    const content = await published();
    const before = await snapshot(content);
    expect(await stateOf(database.rows(MARK, [content.versionId]))).toBe('accepted');
    const unmark = 'UPDATE versions SET deprecated_at = NULL, deprecation_reason = NULL WHERE id = $1';
    expect(await stateOf(database.rows(unmark, [content.versionId]))).toBe('accepted');
    expect(await snapshot(content)).toEqual(before);
    const more = MARK.replace('SET ', 'SET published_at = now(), ');
    expect(await stateOf(database.rows(more, [content.versionId]))).toBe(REFUSED);
  });

  it('is not of a draft, without a reason, or in favour of itself', async () => {
    const unpublished = await draft();
    expect(await stateOf(database.rows(MARK, [unpublished.versionId]))).toBe(CHECK_BROKEN);
    const { versionId } = await published();
    expect(await stateOf(database.rows(MARK.replace(`'r'`, 'NULL'), [versionId]))).toBe(CHECK_BROKEN);
    expect(
      await stateOf(database.rows(MARK.replace('SET ', `SET deprecation_successor = '1', `), [versionId])),
    ).toBe(CHECK_BROKEN);
  });
});

it.each(['published', 'publishing'] as const)('nothing moves into or out of a %s version', async (state) => {
  const content = await (state === 'published' ? published() : publishing());
  const other = await draft();
  const before = [await snapshot(content), await snapshot(other)];
  const move = 'UPDATE artifacts SET version_id = $2, variant = $3 WHERE id = $1';
  expect(await stateOf(database.rows(move, [content.artifactId, other.versionId, 'moved']))).toBe(REFUSED);
  expect(await stateOf(database.rows(move, [other.artifactId, content.versionId, 'moved']))).toBe(REFUSED);
  const reattach = 'UPDATE attachments SET artifact_id = $2, name = $3 WHERE id = $1';
  expect(await stateOf(database.rows(reattach, [content.attachmentId, other.artifactId, 'moved']))).toBe(
    REFUSED,
  );
  expect(await stateOf(database.rows(reattach, [other.attachmentId, content.artifactId, 'moved']))).toBe(
    REFUSED,
  );
  const adopt = `UPDATE versions SET image_id = $2, version = 'moved' WHERE id = $1`;
  expect(await stateOf(database.rows(adopt, [content.versionId, other.imageId]))).toBe(REFUSED);
  expect([await snapshot(content), await snapshot(other)]).toEqual(before);
});

it.each(['images', 'versions', 'artifacts', 'attachments', 'aliases', 'blobs', 'publish_jobs'])(
  'no one truncates %s',
  async (table) => {
    const content = await published();
    expect(await stateOf(database.rows(`TRUNCATE ${table} CASCADE`))).toBe(REFUSED);
    expect(await snapshot(content)).toMatchObject({ artifacts: [{ id: content.artifactId }] });
  },
);

it.each(['publishing', 'published'])('no version is born %s', async (state) => {
  const { imageId } = await draft();
  const sql = `INSERT INTO versions (image_id, version, state, published_at)
               VALUES ($1, 'born', $2, CASE $2 WHEN 'published' THEN now() END)`;
  expect(await stateOf(database.rows(sql, [imageId, state]))).toBe(REFUSED);
});

describe('a draft', () => {
  it('cannot skip publishing', async () => {
    const content = await draft();
    await bind(content);
    const sql = `UPDATE versions SET state = 'published', published_at = now() WHERE id = $1`;
    expect(await stateOf(database.rows(sql, [content.versionId]))).toBe(REFUSED);
  });

  it('has no time of publication', async () => {
    const { versionId } = await draft();
    const sql = 'UPDATE versions SET published_at = now() WHERE id = $1';
    expect(await stateOf(database.rows(sql, [versionId]))).toBe(CHECK_BROKEN);
  });

  it('without artifacts cannot be published', async () => {
    const { versionId, artifactId } = await draft();
    await database.rows('DELETE FROM artifacts WHERE id = $1', [artifactId]);
    const sql = `UPDATE versions SET state = 'publishing' WHERE id = $1`;
    expect(await stateOf(database.rows(sql, [versionId]))).toBe(REFUSED);
  });

  it.each(['artifacts', 'attachments'])('with unverified %s cannot be published', async (table) => {
    const content = await draft();
    await bind(content);
    const id = table === 'artifacts' ? content.artifactId : content.attachmentId;
    await database.rows(`UPDATE ${table} SET bound_blob_digest = NULL WHERE id = $1`, [id]);
    const sql = `UPDATE versions SET state = 'publishing' WHERE id = $1`;
    expect(await stateOf(database.rows(sql, [content.versionId]))).toBe(REFUSED);
  });

  it('cannot be bound to bytes that are absent, of another size or of another digest', async () => {
    const { artifactId } = await draft();
    const other = await insertVerifiedBlob(database);
    const absent = randomDigest();
    const redeclare = `UPDATE artifacts SET primary_blob_digest = $2, bound_blob_digest = $3, primary_blob_size_bytes = $4
                        WHERE id = $1`;
    const outcome = (declared: string, bound: string, sizeBytes: number) =>
      stateOf(database.rows(redeclare, [artifactId, declared, bound, sizeBytes]));
    expect(await outcome(absent, absent, 1024)).toBe(REFERENCE_BROKEN);
    expect(await outcome(other.digest, other.digest, other.sizeBytes + 1)).toBe(REFERENCE_BROKEN);
    expect(await outcome(absent, other.digest, other.sizeBytes)).toBe(CHECK_BROKEN);
    expect(await outcome(other.digest, other.digest, other.sizeBytes)).toBe('accepted');
  });

  it('can be edited and deleted', async () => {
    const content = await draft();
    await database.rows(`UPDATE artifacts SET architecture = 'arm64' WHERE id = $1`, [content.artifactId]);
    await database.rows('DELETE FROM versions WHERE id = $1', [content.versionId]);
    expect(await snapshot(content)).toMatchObject({ versions: null, artifacts: null, attachments: null });
  });
});

it('a publish that is given up can be edited again', async () => {
  const content = await publishing();
  await database.rows(`UPDATE versions SET state = 'draft' WHERE id = $1`, [content.versionId]);
  expect(await stateOf(database.rows('DELETE FROM artifacts WHERE id = $1', [content.artifactId]))).toBe(
    'accepted',
  );
});

describe('a verified blob', () => {
  const DAMAGED = `state = 'damaged', damage = 'lost', damaged_at = now()`;

  it.each([
    ['digest', `'${randomDigest()}'`],
    ['size_bytes', 'size_bytes + 1'],
    ['storage_key', `'elsewhere'`],
    ['detected_format', `'qcow2'`],
    ['detected_inside_gzip', `'tar'`],
    ['virtual_size_bytes', '1'],
    ['format_refusal', `'why'`],
    ['verified_at', `verified_at + interval '1 second'`],
  ])('keeps its %s, damaged or not', async (column, value) => {
    const { digest } = await insertVerifiedBlob(database);
    const sql = `UPDATE blobs SET ${column} = ${value} WHERE digest = $1`;
    expect(await stateOf(database.rows(sql, [digest]))).toBe(REFUSED);
    const damaging = sql.replace(' WHERE', `, ${DAMAGED} WHERE`);
    expect(await stateOf(database.rows(damaging, [digest]))).toBe(REFUSED);
    await database.rows(`UPDATE blobs SET ${DAMAGED} WHERE digest = $1`, [digest]);
    expect(await stateOf(database.rows(sql, [digest]))).toBe(REFUSED);
  });

  it('gets the size of a compressed disk once', async () => {
    const { digest } = await insertVerifiedBlob(database, { detectedFormat: 'gzip' });
    const measure = 'UPDATE blobs SET virtual_size_bytes = $2 WHERE digest = $1';
    expect(await stateOf(database.rows(measure, [digest, 100]))).toBe('accepted');
    expect(await stateOf(database.rows(measure, [digest, 200]))).toBe(REFUSED);
  });

  it('gets another key only when it was damaged and is not any more', async () => {
    const { digest } = await insertVerifiedBlob(database);
    await database.rows(`UPDATE blobs SET ${DAMAGED} WHERE digest = $1`, [digest]);
    const repair = `UPDATE blobs SET state = 'available', damage = NULL, damaged_at = NULL, storage_key = $2
                     WHERE digest = $1`;
    expect(await stateOf(database.rows(repair, [digest, randomUUID()]))).toBe('accepted');
    expect(await stateOf(database.rows(repair, [digest, randomUUID()]))).toBe(REFUSED);
  });

  it.each([
    [`state = 'damaged'`],
    [`damage = 'lost'`],
    [`state = 'damaged', damage = 'lost'`],
    [`state = 'gone'`],
    [`state = 'damaged', damage = 'eaten', damaged_at = now()`],
  ])('is not marked by %s', async (changes) => {
    const { digest } = await insertVerifiedBlob(database);
    const sql = `UPDATE blobs SET ${changes} WHERE digest = $1`;
    expect(await stateOf(database.rows(sql, [digest]))).toMatch(new RegExp(`^(${REFUSED}|23514)$`));
  });

  it.each([
    ['was never found unreferenced', undefined],
    ['has a grace left', `now() + interval '1 hour'`],
  ])('is not removed while it %s', async (_, reviewAfter) => {
    const { digest } = await insertVerifiedBlob(database);
    if (reviewAfter !== undefined) {
      const sql = `INSERT INTO collection_candidates (digest, review_after) VALUES ($1, ${reviewAfter})`;
      await database.rows(sql, [digest]);
    }
    expect(await stateOf(database.rows('DELETE FROM blobs WHERE digest = $1', [digest]))).toBe(REFUSED);
  });

  it.each(['published', 'publishing'] as const)('stays while a %s version refers to it', async (state) => {
    const { digest } = await (state === 'published' ? published() : publishing());
    await database.rows('INSERT INTO collection_candidates (digest, review_after) VALUES ($1, now())', [
      digest,
    ]);
    expect(await stateOf(database.rows('DELETE FROM blobs WHERE digest = $1', [digest]))).toBe(
      REFERENCE_BROKEN,
    );
  });
});

describe('an alias', () => {
  const POINT = `INSERT INTO aliases (image_id, alias, version_id) VALUES ($1, $2, $3)`;

  it('points to what is published, of its own image', async () => {
    const content = await published();
    const other = await published();
    const unpublished = await Promise.all([draft(), publishing()]);
    expect(await stateOf(database.rows(POINT, [content.imageId, 'a', content.versionId]))).toBe('accepted');
    expect(await stateOf(database.rows(POINT, [content.imageId, 'b', other.versionId]))).toBe(
      REFERENCE_BROKEN,
    );
    for (const { imageId, versionId } of unpublished) {
      expect(await stateOf(database.rows(POINT, [imageId, 'a', versionId]))).toBe(REFUSED);
    }
  });

  it('cannot be moved to anything else either', async () => {
    const content = await published();
    const other = await published();
    const { id: draftId } = await only<{ id: string }>(
      `INSERT INTO versions (image_id, version) VALUES ($1, 'draft') RETURNING id`,
      [content.imageId],
    );
    await database.rows(POINT, [content.imageId, 'a', content.versionId]);
    const move = 'UPDATE aliases SET version_id = $2 WHERE image_id = $1';
    expect(await stateOf(database.rows(move, [content.imageId, draftId]))).toBe(REFUSED);
    expect(await stateOf(database.rows(move, [content.imageId, other.versionId]))).toBe(REFERENCE_BROKEN);
    expect(await stateOf(database.rows(move, [content.imageId, randomUUID()]))).toBe(REFUSED);
  });
});

it('an image keeps its name, and stays while it has versions', async () => {
  const { imageId } = await published();
  expect(await stateOf(database.rows(`UPDATE images SET name = 'other' WHERE id = $1`, [imageId]))).toBe(
    REFUSED,
  );
  expect(await stateOf(database.rows('DELETE FROM images WHERE id = $1', [imageId]))).toBe(REFERENCE_BROKEN);
});

it.each([
  ['images', `INSERT INTO images (name) VALUES ($1)`, ['', '..', 'A', 'a/b', 'a\n', 'ä', 'a'.repeat(129)]],
  [
    'versions',
    `INSERT INTO versions (image_id, version) SELECT id, $1 FROM images LIMIT 1`,
    ['', '..', 'a/b', 'a\n', 'ä', 'a'.repeat(129)],
  ],
])('the database refuses names outside the grammar in %s', async (_table, sql, names) => {
  await draft();
  for (const name of names) {
    expect([name, await stateOf(database.rows(sql, [name]))]).toEqual([name, CHECK_BROKEN]);
  }
});
