import type { Connection, Figure } from '@imgsrv/platform';
import { VERSION_STATES } from './versions/version.js';
import { isUnpublished } from './visibility.js';

/** Images, and versions by state. Its cost grows with their number. */
export async function countCatalog(connection: Connection): Promise<Figure[]> {
  const [images] = await connection.rows<{ images: string }>('SELECT count(*) AS images FROM images');
  const versions = await connection.rows<{ state: string; versions: string }>(
    'SELECT state, count(*) AS versions FROM versions GROUP BY state',
  );
  const [most] = await connection.rows<{ drafts: string }>(
    `SELECT COALESCE(max(drafts), 0) AS drafts FROM (
       SELECT count(*) AS drafts FROM versions
        WHERE ${isUnpublished('versions')} AND created_by IS NOT NULL GROUP BY created_by) AS held`,
  );
  const byState = new Map(versions.map((row) => [row.state, Number(row.versions)]));
  return [
    { figure: 'images', labels: {}, value: Number(images?.images) },
    { figure: 'most_held', labels: { kind: 'drafts' }, value: Number(most?.drafts) },
    ...VERSION_STATES.map((state) => ({
      figure: 'versions',
      labels: { state },
      value: byState.get(state) ?? 0,
    })),
  ];
}
