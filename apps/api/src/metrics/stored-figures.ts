import { readQueueFigures } from '@imgsrv/jobs';
import { type Figure, readStatistics, type Transaction } from '@imgsrv/platform';
import { JOB_KINDS, readStreamsFigures } from '@imgsrv/streams';

/** What the database tells on a scrape. None of it costs more when the catalogue grows. */
export async function readStoredFigures(tx: Transaction): Promise<Figure[]> {
  return [
    ...(await readStatistics(tx)),
    ...(await readQueueFigures(tx, JOB_KINDS)),
    ...(await readStreamsFigures(tx)),
  ];
}
