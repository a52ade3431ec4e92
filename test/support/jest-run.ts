import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFolderCleaner } from './folder-cleaner.js';
import { PostgresBroker } from './postgres-broker.js';
import { brokerSocket, externalPostgresUrl, publishRunFolder } from './run-folder.js';

/** One run of Jest, in its main process: a folder for everything temporary, and a Postgres for those who ask. */
export class JestRun {
  private constructor(
    private readonly broker: PostgresBroker,
    private readonly cleaner: { clean(): Promise<void> },
  ) {}

  static async begin(): Promise<JestRun> {
    const folder = await mkdtemp(join(tmpdir(), 'imgsrv-test-'));
    // Some tests run programs as another user.
    await chmod(folder, 0o711);
    const cleaner = startFolderCleaner(folder);
    const broker = await PostgresBroker.listen(
      brokerSocket(folder),
      join(folder, 'data'),
      externalPostgresUrl(),
    );
    publishRunFolder(folder);
    return new JestRun(broker, cleaner);
  }

  async end(): Promise<void> {
    await this.broker.close();
    await this.cleaner.clean();
  }
}
