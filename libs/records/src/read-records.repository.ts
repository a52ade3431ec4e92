import type { RecordedSubject, RecordSubject } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { CatalogRecord } from './catalog-record.js';
import { RECORDED_TABLES, type RecordedTable } from './recorded-tables.js';

/** The records of these subjects as one snapshot sees them; of one that is gone there is none. */
export async function readRecords(
  connection: Connection,
  subjects: readonly RecordedSubject[],
): Promise<CatalogRecord[]> {
  // Times as JSON are in the zone of the session.
  await connection.rows(`SET LOCAL TIME ZONE 'UTC'`);
  return [
    ...(await readOf(connection, 'images', idsOf('images', subjects))),
    ...(await readOf(connection, 'versions', idsOf('versions', subjects))),
  ];
}

function idsOf(subject: RecordSubject, subjects: readonly RecordedSubject[]): string[] {
  return subjects.filter((each) => each.subject === subject).map(({ id }) => id);
}

/** As SQL, the image of a row `r` of `stored_records`. */
const IMAGE: Readonly<Record<RecordSubject, string>> = {
  images: 'r.subject_id',
  versions: '(SELECT image_id FROM versions WHERE id = r.subject_id)',
};

async function readOf(
  connection: Connection,
  subject: RecordSubject,
  ids: readonly string[],
): Promise<CatalogRecord[]> {
  const members = RECORDED_TABLES[subject].map((table) => `'${table.name}', ${rowsAsJson(table)}`);
  const rows = await connection.rows<RecordRow>(
    `SELECT r.subject_id AS id, r.revision, i.name AS image, jsonb_build_object(${members.join(', ')}) AS rows
       FROM stored_records r JOIN images i ON i.id = ${IMAGE[subject]}
      WHERE r.subject = $1 AND r.subject_id = ANY ($2::uuid[])`,
    [subject, ids],
  );
  return rows.map((row) => ({ ...row, subject, revision: Number(row.revision) }));
}

function rowsAsJson({ name, belongs, order }: RecordedTable): string {
  return `(SELECT COALESCE(jsonb_agg(to_jsonb(t) ORDER BY ${order
    .split(', ')
    .map((column) => `t.${column}`)
    .join(', ')}), '[]') FROM ${name} t WHERE ${belongs})`;
}

interface RecordRow extends Pick<CatalogRecord, 'id' | 'image' | 'rows'> {
  readonly revision: string;
}
