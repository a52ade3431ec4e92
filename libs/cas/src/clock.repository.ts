import type { Connection } from '@imgsrv/platform';

/** The clock of the database, with all its digits. */
export async function readClock(connection: Connection): Promise<string> {
  const [row] = await connection.rows<{ now: string }>('SELECT clock_timestamp()::text AS now');
  if (row === undefined) {
    throw new Error('the database has no time');
  }
  return row.now;
}
