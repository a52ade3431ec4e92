import { spawnSync } from 'node:child_process';
import { type Stats, readFileSync, statSync } from 'node:fs';
import { CannotStartError } from '../cannot-start.error.js';

/** The account that PostgreSQL runs under when it is not the one of this process. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** How a folder is named to a process of the server's account. */
export interface ReachableFolder {
  readonly path: string;
  readonly cwd: string;
}

const NOBODY: ServerAccount = { uid: 65_534, gid: 65_534 };

/** Environment of every PostgreSQL process: nothing of ours leaks in, messages are English. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

/**
 * The account for a cluster folder: its owner, or nobody for a new one, as PostgreSQL refuses to run as root.
 * Undefined means the account of this process. Throws CannotStartError when the folder is someone else's.
 */
export function chooseServerAccount(clusterDir: string): ServerAccount | undefined {
  const ownUid = process.getuid?.();
  if (ownUid === undefined) {
    throw new CannotStartError('The embedded PostgreSQL needs Linux or macOS; set --postgres-url instead.');
  }
  const owner = statSync(clusterDir, { throwIfNoEntry: false });
  if (ownUid === 0) {
    return accountForRoot(clusterDir, owner);
  }
  refuseForeignOwner(clusterDir, owner, ownUid);
  return undefined;
}

function accountForRoot(clusterDir: string, owner: Stats | undefined): ServerAccount {
  if (owner === undefined) {
    return nobody();
  }
  if (owner.uid === 0) {
    throw new CannotStartError(
      `${clusterDir} belongs to root, but PostgreSQL refuses to run as root; give the folder to another ` +
        `account, for instance with "chown -R nobody ${clusterDir}".`,
    );
  }
  return { uid: owner.uid, gid: owner.gid };
}

function refuseForeignOwner(clusterDir: string, owner: Stats | undefined, ownUid: number): void {
  if (owner !== undefined && owner.uid !== ownUid) {
    throw new CannotStartError(
      `${clusterDir} belongs to user id ${owner.uid}, not to yours (${ownUid}), as it was made by another user or ` +
        `under sudo; start the same way as the first time, choose another --data-dir, or give the data folder to ` +
        `yourself with "chown -R".`,
    );
  }
}

/**
 * Names `folder` so that the server's account can use it. An account that may not pass a parent folder (a 0700 home)
 * still gets in through `/proc/self/cwd`: the kernel enters the working folder before the account is changed.
 */
export function reachableFolder(folder: string, account: ServerAccount | undefined): ReachableFolder {
  const candidates: readonly ReachableFolder[] = [
    { path: folder, cwd: '/' },
    { path: '/proc/self/cwd', cwd: folder },
  ];
  const reachable = candidates.find((candidate) => account === undefined || canEnter(candidate, account));
  if (reachable === undefined) {
    throw new CannotStartError(
      `User id ${account?.uid ?? 0}, which runs PostgreSQL, cannot reach ${folder}; start as an ordinary user, or choose ` +
        'a --data-dir whose parent folders everyone may pass.',
    );
  }
  return reachable;
}

/** Whether a process of the server's account can use the folder under its plain path. */
export function canEnterByPath(folder: string, account: ServerAccount): boolean {
  return canEnter({ path: folder, cwd: '/' }, account);
}

function canEnter(folder: ReachableFolder, account: ServerAccount): boolean {
  const shell = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder.path], {
    ...account,
    cwd: folder.cwd,
    env: SERVER_ENVIRONMENT,
    stdio: 'ignore',
  });
  if (shell.error !== undefined) {
    throw new CannotStartError(
      `PostgreSQL refuses to run as root, and changing to user id ${account.uid} failed (${shell.error.message}); ` +
        'start as an ordinary user, or set --postgres-url.',
    );
  }
  return shell.status === 0;
}

function nobody(): ServerAccount {
  try {
    const entry = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
    // macOS writes -2 for the unsigned 32-bit id.
    const [uid, gid] = [Number(entry?.[1]) >>> 0, Number(entry?.[2]) >>> 0];
    return entry === null || uid === 0 ? NOBODY : { uid, gid };
  } catch {
    return NOBODY;
  }
}
