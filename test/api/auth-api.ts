import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listenHttp, parseCommandLine } from '@imgsrv/platform';
import { type Api, createApi } from '../../apps/api/src/create-api.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { SILENT } from './auth-database.js';

/** An api in this process, on its own port and on the database of the test. */
export interface TestApi {
  readonly api: Api;
  readonly url: string;
  close(): Promise<void>;
}

/** Serves an api; with `databaseUrl` of a database that is not there it serves all the same. */
export async function startTestApi(
  databaseUrl: string,
  options: { readonly isDatabaseThere: boolean; readonly flags?: readonly string[] } = {
    isDatabaseThere: true,
  },
): Promise<TestApi> {
  const folder = await createTemporaryFolder('auth-api');
  const storageDir = join(folder.path, 'store');
  await mkdir(storageDir);
  const command = parseCommandLine(
    'api',
    [
      '--postgres-url',
      databaseUrl,
      '--storage-dir',
      storageDir,
      '--metrics-listen',
      '',
      ...(options.flags ?? []),
    ],
    // Tests fail to authenticate more often than anybody should; a flag brings the limit back.
    { IMGSRV_FAILED_AUTH_LIMIT: '0' },
  );
  if (command.kind !== 'run') {
    throw new Error('the flags start nothing');
  }
  const api = await createApi(command.config, SILENT);
  const connected = api.database.start();
  if (options.isDatabaseThere) {
    await connected;
  }
  const server = await listenHttp(api.listener, { host: '127.0.0.1', port: 0 }, { logger: SILENT });
  return {
    api,
    url: server.url,
    close: async () => {
      await server.close(0);
      await api.close();
      await folder.remove();
    },
  };
}
