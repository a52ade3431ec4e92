import { execFile, spawn } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { executeSql } from '../support/execute-sql.js';
import { systemPostgresFolder } from '../fixtures/requirement.js';
import { freePort } from '../support/free-port.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const NOBODY = 65_534;

/** A PostgreSQL server of the machine, of the version that its `pg_dump` can read; it ends with the test process. */
export interface SystemPostgres {
  /** Makes an empty database and gives its URL. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server with a new cluster on loopback. Suites that call it require `postgres` (see `describeWith`). */
export async function startSystemPostgres(): Promise<SystemPostgres> {
  const programs = systemPostgresFolder() ?? '';
  const folder = await createTemporaryFolder('system-postgres');
  const asServer =
    process.getuid?.() === 0 ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  if (asServer.length > 0) {
    await chown(folder.path, NOBODY, NOBODY);
  }
  const options = { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const cluster = join(folder.path, 'cluster');
  const initdb = [join(programs, 'initdb'), '-D', cluster, '-U', 'imgsrv', '--auth=trust', '--no-sync'];
  await promisify(execFile)('setpriv', [...asServer, ...initdb], options);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const server = spawn(
    'setpriv',
    [
      ...asServer,
      '--pdeathsig=INT',
      ...[join(programs, 'postgres'), '-D', cluster, '-p', String(port)],
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    { ...options, stdio: 'ignore' },
  );
  const ended = once(server, 'close');
  const urlOf = (database: string): string => `postgres://imgsrv@127.0.0.1:${port}/${database}`;
  await waitFor(() =>
    executeSql(urlOf('postgres'), 'SELECT 1').then(
      () => true,
      () => stillComing(server.exitCode),
    ),
  );
  return {
    createDatabase: async (name) => {
      await executeSql(urlOf('postgres'), `CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      await folder.remove();
    },
  };
}

/** False while the server may still come up. */
function stillComing(exitCode: number | null): false {
  if (exitCode !== null) {
    throw new Error(`the server ended with ${exitCode}`);
  }
  return false;
}
