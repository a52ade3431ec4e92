import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@imgsrv/platform';
import { CannotStartError } from '../cannot-start.error.js';
import { postmasterFile, readPostmasterFile } from './postmaster-file.js';
import { SERVER_ENVIRONMENT, type ServerAccount } from './server-account.js';

/** How long each way of stopping may take before the next one. */
const STEPS = [
  { signal: 'SIGINT', timeoutMs: 20_000 },
  { signal: 'SIGQUIT', timeoutMs: 5_000 },
  { signal: 'SIGKILL', timeoutMs: 5_000 },
] as const;

/**
 * Stops PostgreSQL processes of this cluster that outlived a killed launcher, and removes a stale `postmaster.pid`, whose
 * process id may belong to another program by now. Safe to repeat. The caller holds the lock of the data folder.
 * Throws CannotStartError when they do not end.
 */
export async function stopSurvivors(
  clusterDir: string,
  account: ServerAccount | undefined,
  logger: Logger,
): Promise<void> {
  if (!existsSync(postmasterFile(clusterDir))) {
    return;
  }
  const findAll = process.platform === 'linux' ? findByWorkingFolder : findByCommandLine;
  const find = (): number[] => findAll(realpathSync(clusterDir), account);
  const survivors = find();
  if (survivors.length > 0) {
    logger.warn({ pids: survivors }, 'stopping the PostgreSQL that a killed launcher left behind');
    await stopAll(clusterDir, find);
  }
  // Elsewhere PostgreSQL has to judge, as its child processes cannot be found there.
  if (process.platform === 'linux') {
    rmSync(postmasterFile(clusterDir), { force: true });
  }
}

async function stopAll(clusterDir: string, find: () => number[]): Promise<void> {
  for (const { signal, timeoutMs } of STEPS) {
    const pids = find();
    const postmasterPid = readPostmasterFile(clusterDir)?.pid;
    const hasPostmaster = postmasterPid !== undefined && pids.includes(postmasterPid);
    // The postmaster stops its children in order; they get the signal themselves only when it is gone or does not obey.
    const targets = hasPostmaster && signal !== 'SIGKILL' ? [postmasterPid] : pids;
    targets.forEach((pid) => {
      sendSignal(pid, signal);
    });
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (find().length === 0) {
        return;
      }
      await delay(20);
    }
  }
  throw new CannotStartError(
    `An earlier PostgreSQL of ${clusterDir} does not end (process ids ${find().join(', ')}); stop it, then start again.`,
  );
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself; the caller looks again.
  }
}

/**
 * Linux: every process of a cluster has the cluster as its working folder. `ls` runs as the server's account, because
 * root in a container may not read these links of other users' processes.
 */
function findByWorkingFolder(clusterDir: string, account: ServerAccount | undefined): number[] {
  const list = spawnSync('/bin/sh', ['-c', 'ls -l /proc/[0-9]*/cwd'], {
    ...account,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  return [...list.stdout.matchAll(/ \/proc\/(\d+)\/cwd -> (.*)$/gm)]
    .filter(([, , folder]) => folder === clusterDir)
    .map(([, pid]) => Number(pid))
    .filter(isPostgres);
}

function isPostgres(pid: number): boolean {
  try {
    // A zombie waits for its parent to take notice and uses nothing any more.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^\d+ \(postgres\) [^Z]/.test(stat);
  } catch {
    return false;
  }
}

/** macOS: the postmaster, by the process id it wrote down, if that still is a postgres of this folder. */
function findByCommandLine(clusterDir: string): number[] {
  const pid = readPostmasterFile(clusterDir)?.pid;
  if (pid === undefined) {
    return [];
  }
  const { stdout } = spawnSync('/bin/ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  return stdout.includes('postgres') && stdout.includes(clusterDir) ? [pid] : [];
}
