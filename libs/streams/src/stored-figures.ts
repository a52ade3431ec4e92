import { readQueueFigures } from '@imgsrv/jobs';
import { type Connection, type Figure, readStatistics } from '@imgsrv/platform';
import { JOB_KINDS } from './job-kinds.js';
import { readRevision } from './surface/revision.repository.js';

/** What the database tells on a scrape. None of it costs more when the catalogue grows. */
export async function readStoredFigures(connection: Connection): Promise<Figure[]> {
  const { revision } = await readRevision(connection);
  return [
    ...(await readStatistics(connection)),
    ...(await readQueueFigures(connection, JOB_KINDS)),
    { figure: 'streams_revision', labels: {}, value: revision },
  ];
}
