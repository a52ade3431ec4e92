import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  type Stats,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CannotStartError } from '../cannot-start.error.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { SERVER_ENVIRONMENT, type ServerAccount, reachableFolder } from './server-account.js';

/** Role and database of imgsrv in the cluster. The superuser `postgres` cannot log in at all. */
export const ROLE = 'imgsrv';

/** Where in the data folder the cluster is. */
export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/**
 * Makes the cluster unless it is there, and returns the password of its role. Safe to repeat, also after a crash half way:
 * the folder gets its name when it is complete. A lost password file is replaced and the role gets the new password.
 * Throws CannotStartError when the folder is not a cluster of this PostgreSQL version.
 */
export function prepareCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): { readonly password: string } {
  const clusterDir = clusterFolder(dataDir);
  const passwordFile = join(dataDir, 'postgres-password');
  const isNew = isMissingOrEmpty(clusterDir);
  if (!isNew) {
    checkVersion(clusterDir, binaries);
  }
  const known = readPassword(passwordFile);
  if (known !== undefined && !isNew) {
    return { password: known };
  }
  const password = known ?? randomBytes(24).toString('base64url');
  if (isNew) {
    createCluster(clusterDir, password, binaries, account);
  } else {
    runSql([`alter role ${ROLE} password '${password}'`], password, clusterDir, binaries, account);
  }
  writePassword(passwordFile, password);
  return { password };
}

function isMissingOrEmpty(clusterDir: string): boolean {
  const stats: Stats | undefined = statSync(clusterDir, { throwIfNoEntry: false });
  return stats === undefined || (stats.isDirectory() && readdirSync(clusterDir).length === 0);
}

function checkVersion(clusterDir: string, binaries: PostgresBinaries): void {
  let version: string;
  try {
    version = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  } catch {
    throw new CannotStartError(
      `${clusterDir} is in the way: it is not empty and not a PostgreSQL cluster; move it away or choose another --data-dir.`,
    );
  }
  if (version !== binaries.majorVersion) {
    throw new CannotStartError(
      `${clusterDir} was written by PostgreSQL ${version}, and this release of imgsrv brings PostgreSQL ` +
        `${binaries.majorVersion}, which cannot read it; keep the release that wrote it, or take the data over with ` +
        `pg_upgrade (or pg_dump and pg_restore) of PostgreSQL ${binaries.majorVersion}.`,
    );
  }
}

function createCluster(
  clusterDir: string,
  password: string,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): void {
  const partial = `${clusterDir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  if (account !== undefined) {
    chownSync(partial, account.uid, account.gid);
  }
  initialise(partial, binaries, account);
  runSql(
    [`create role ${ROLE} login createdb password '${password}'`, `create database ${ROLE} owner ${ROLE}`],
    password,
    partial,
    binaries,
    account,
  );
  writeFileSync(join(partial, 'pg_hba.conf'), `host all ${ROLE} 127.0.0.1/32 scram-sha-256\n`);
  rmSync(clusterDir, { recursive: true, force: true });
  renameSync(partial, clusterDir);
}

function initialise(folder: string, binaries: PostgresBinaries, account: ServerAccount | undefined): void {
  const { path, cwd } = reachableFolder(folder, account);
  const initdb = spawnSync(
    binaries.initdb,
    ['-D', path, '-U', 'postgres', '--auth=reject', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    { ...account, cwd, env: SERVER_ENVIRONMENT, encoding: 'utf8' },
  );
  if (initdb.status !== 0) {
    const reason = initdb.error?.message ?? initdb.stderr.trim();
    const advice = reason.includes('could not look up effective user ID')
      ? '; give this user an entry in /etc/passwd, or set --postgres-url.'
      : '';
    throw new CannotStartError(
      `PostgreSQL could not make its files in ${dirname(folder)}: ${reason}${advice}`,
    );
  }
}

/** Runs statements in single-user mode, without a network and without a password. */
function runSql(
  statements: readonly string[],
  secret: string,
  folder: string,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): void {
  const { path, cwd } = reachableFolder(folder, account);
  const server = spawnSync(
    binaries.postgres,
    ['--single', '-D', path, '-c', 'log_checkpoints=off', 'postgres'],
    {
      ...account,
      cwd,
      env: SERVER_ENVIRONMENT,
      encoding: 'utf8',
      input: statements.map((statement) => `${statement}\n`).join(''),
    },
  );
  // It ends with 0 after a failed statement, too.
  const failure = /^.*\b(?:ERROR|FATAL|PANIC):\s.*$/m.exec(server.stderr)?.[0];
  if (server.status !== 0 || failure !== undefined) {
    const reason = (server.error?.message ?? failure ?? server.stderr.trim()).replaceAll(secret, '…');
    throw new CannotStartError(`PostgreSQL could not set up ${folder}: ${reason}`);
  }
}

function readPassword(file: string): string | undefined {
  try {
    const password = readFileSync(file, 'utf8').trim();
    return /^[A-Za-z0-9_-]{32}$/.test(password) ? password : undefined;
  } catch (error) {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) {
      return undefined;
    }
    throw new CannotStartError(`The password of the embedded PostgreSQL cannot be read: ${String(error)}`);
  }
}

/** Replaces the file as a whole, so that a crash leaves the old or the new password. */
function writePassword(file: string, password: string): void {
  const partial = `${file}.partial`;
  writeFileSync(partial, `${password}\n`, { mode: 0o600, flush: true });
  chmodSync(partial, 0o600);
  renameSync(partial, file);
}
