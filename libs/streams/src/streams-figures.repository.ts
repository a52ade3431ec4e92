import type { Connection, Figure } from '@imgsrv/platform';
import { STREAMS_CLIENTS } from './clients.js';

/** Projection rows by the client they are for. Its cost grows with their number. */
export async function countProjection(connection: Connection): Promise<Figure[]> {
  const rows = await connection.rows<{ client: string; roots: string }>(
    'SELECT client, count(*) AS roots FROM stream_roots GROUP BY client',
  );
  const byClient = new Map(rows.map((row) => [row.client, Number(row.roots)]));
  return STREAMS_CLIENTS.map((client) => ({
    figure: 'streams_projection_rows',
    labels: { client },
    value: byClient.get(client) ?? 0,
  }));
}
