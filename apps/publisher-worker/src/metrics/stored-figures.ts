import { readQueueFigures } from '@imgsrv/jobs';
import { type Connection, type Figure, readStatistics } from '@imgsrv/platform';
import { JOB_KINDS, readStreamsFigures } from '@imgsrv/streams';

/** What the database tells on a scrape. None of it costs more when the catalogue grows. */
export async function readStoredFigures(connection: Connection): Promise<Figure[]> {
  return [
    ...(await readStatistics(connection)),
    ...(await readQueueFigures(connection, JOB_KINDS)),
    ...(await readStreamsFigures(connection)),
  ];
}
