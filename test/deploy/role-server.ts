import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgresBinaries } from '../../apps/standalone/src/embedded-postgres/postgres-binaries.js';
import {
  chooseServerAccount,
  SERVER_ENVIRONMENT,
} from '../../apps/standalone/src/embedded-postgres/server-account.js';
import { executeSql } from '../support/execute-sql.js';
import { waitFor } from '../support/wait-for.js';

const PASSWORD = 'superuser-password';

/** A Postgres of its own with a superuser that can log in, as an administrator has it. Roles are of the whole server. */
export class RoleServer {
  private constructor(
    readonly port: number,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(folder: string): Promise<RoleServer> {
    chmodSync(folder, 0o755);
    const data = join(folder, 'cluster');
    mkdirSync(data, { mode: 0o700 });
    const account = chooseServerAccount(join(folder, 'absent'));
    if (account !== undefined) chownSync(data, account.uid, account.gid);
    const binaries = findPostgresBinaries(folder, account);
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
    const initdb = spawnSync(
      binaries.initdb,
      ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync'],
      { ...account, cwd: '/', env: SERVER_ENVIRONMENT, encoding: 'utf8' },
    );
    if (initdb.status !== 0) throw new Error(initdb.stderr);
    const port = await freePort();
    const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
    const server = spawn(
      binaries.postgres,
      ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { ...account, cwd: '/', env: SERVER_ENVIRONMENT, stdio: 'ignore' },
    );
    const roles = new RoleServer(port, async () => {
      server.kill('SIGQUIT');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      binaries.dispose();
    });
    await waitFor(() => roles.query(roles.superuserUrl, 'SELECT 1').then(Boolean, () => false), {
      intervalMs: 50,
      what: 'the server of the roles',
    });
    return roles;
  }

  get superuserUrl(): string {
    return this.urlOf('postgres', PASSWORD, 'postgres');
  }

  urlOf(role: string, password: string, database = 'imgsrv'): string {
    return `postgres://${role}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  query<Row extends object>(url: string, sql: string): Promise<Row[]> {
    return executeSql<Row>(url, sql);
  }

  /** Runs a script as an administrator would: with psql, as the superuser. */
  async psql(script: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const given = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
    await promisify(execFile)('psql', [
      ...['--no-psqlrc', '-q', '-v', 'ON_ERROR_STOP=1', ...given, '-f', script, this.superuserUrl],
    ]);
  }

  stop(): Promise<void> {
    return this.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
