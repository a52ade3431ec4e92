import { type Database, type Logger, SideConnection } from '@imgsrv/platform';

/** A connection beside the pool that listens on `channel`. */
export function openSideConnection(
  database: Database,
  channel: string,
  logger: Logger,
  onNotification: (payload: string | undefined) => void,
): SideConnection {
  if (database.url === undefined) {
    throw new Error('a job worker needs a configured database');
  }
  return new SideConnection({
    url: database.url,
    applicationName: 'imgsrv-leases',
    channel,
    onNotification,
    logger,
  });
}
