import type { Connection, Database } from '@imgsrv/platform';
import { readRevision, type Revision } from './revision.repository.js';
import { SharedRun } from './shared-run.js';

/** What was read at one instant, and the revision of that. */
export type Snapshot<Source> = Revision & { readonly source: Source };

/** The revision of what is published, for all surfaces of a process. Rejects with DependencyUnavailableError. */
export class CatalogueRevision {
  private readonly asking: SharedRun<number>;

  constructor(private readonly database: Database) {
    this.asking = new SharedRun(async () => (await database.use(readRevision)).revision);
  }

  /**
   * One that is no older than the call. One query at a time asks for it, however many callers there are; those who share the
   * query get the same promise.
   */
  current(): Promise<number> {
    return this.asking.run();
  }

  /** What `read` finds, of one instant with the revision. */
  snapshot<Source>(read: (connection: Connection) => Promise<Source>): Promise<Snapshot<Source>> {
    return this.database.snapshot(async (connection) => ({
      ...(await readRevision(connection)),
      source: await read(connection),
    }));
  }
}
