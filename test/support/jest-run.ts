import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFolderCleaner } from './folder-cleaner.js';
import { RunBroker } from './run-broker.js';
import { brokerSocket, externalPostgresUrl, publishRunFolder } from './run-folder.js';
import { startSharedPostgres } from './shared-postgres.js';
import { startSharedService } from './shared-service.js';

/** One run of Jest, in its main process: a folder for everything temporary, and a Postgres and a service for those who ask. */
export class JestRun {
  private constructor(
    private readonly broker: RunBroker,
    private readonly cleaner: { clean(): Promise<void> },
  ) {}

  static async begin(): Promise<JestRun> {
    const folder = await mkdtemp(join(tmpdir(), 'imgsrv-test-'));
    // Some tests run programs as another user.
    await chmod(folder, 0o711);
    const cleaner = startFolderCleaner(folder);
    const broker = await RunBroker.listen(brokerSocket(folder), {
      postgres: () => startSharedPostgres(join(folder, 'data'), externalPostgresUrl()),
      service: startSharedService,
    });
    publishRunFolder(folder);
    return new JestRun(broker, cleaner);
  }

  async end(): Promise<void> {
    await this.broker.close();
    await this.cleaner.clean();
  }
}
