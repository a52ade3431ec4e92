import { type ObjectStore, openObjectStore } from '@imgsrv/cas';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase } from '../support/database.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { SILENT } from './auth-database.js';

/** A migrated database and an empty object store in a folder, of a test's own and without any process. */
export class OpenedStore {
  private constructor(
    private readonly opened: OpenedDatabase,
    private readonly folder: Awaited<ReturnType<typeof createTemporaryFolder>>,
    readonly store: ObjectStore,
  ) {}

  static async open(name: string): Promise<OpenedStore> {
    const opened = await OpenedDatabase.open();
    const folder = await createTemporaryFolder(name);
    const store = openObjectStore({ storageDir: folder.path }, SILENT);
    if (store === undefined) throw new Error('there is no store');
    return new OpenedStore(opened, folder, store);
  }

  get database(): Database {
    return this.opened.database;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.opened.close();
    await this.folder.remove();
  }
}
