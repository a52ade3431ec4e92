import type { RecordedSubject, RecordSubject } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { CatalogRecord } from './catalog-record.js';
import { RECORDED_TABLES, type RecordedTable } from './recorded-tables.js';

/** What the snapshot of the connection knows of the subject; undefined when it is gone. */
export async function findRecord(
  connection: Connection,
  { subject, id }: RecordedSubject,
): Promise<CatalogRecord | undefined> {
  // Times as JSON are in the zone of the session.
  await connection.rows(`SET LOCAL TIME ZONE 'UTC'`);
  const members = RECORDED_TABLES[subject].map((table) => `'${table.name}', ${rowsAsJson(table)}`);
  const [row] = await connection.rows<RecordRow>(
    `SELECT r.revision, i.name AS image, jsonb_build_object(${members.join(', ')}) AS rows
       FROM stored_records r JOIN images i ON i.id = ${IMAGE[subject]}
      WHERE r.subject = $1 AND r.subject_id = $2`,
    [subject, id],
  );
  return row && { ...row, subject, id, revision: Number(row.revision) };
}

/** As SQL, the image of a row `r` of `stored_records`. */
const IMAGE: Readonly<Record<RecordSubject, string>> = {
  images: 'r.subject_id',
  versions: '(SELECT image_id FROM versions WHERE id = r.subject_id)',
};

function rowsAsJson({ name, belongs, order }: RecordedTable): string {
  const columns = order.map((column) => `t.${column}`).join(', ');
  return `(SELECT COALESCE(jsonb_agg(to_jsonb(t) ORDER BY ${columns}), '[]') FROM ${name} t WHERE ${belongs})`;
}

interface RecordRow extends Pick<CatalogRecord, 'image' | 'rows'> {
  readonly revision: string;
}
