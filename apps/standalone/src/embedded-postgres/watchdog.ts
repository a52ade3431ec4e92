import { spawn } from 'node:child_process';
import { SERVER_ENVIRONMENT, type ServerAccount } from './server-account.js';

/**
 * Waits for the end of its input, which comes when the launcher is gone, however it died. Then the server may finish what
 * its clients, who end as well, still do (SIGTERM); after ten seconds it cuts them off (SIGINT).
 */
const SCRIPT = `
read -r _
kill -TERM "$1" || exit
n=0
while [ $n -lt 10 ] && sleep 1 && kill -0 "$1"; do n=$((n + 1)); done
[ $n -lt 10 ] || kill -INT "$1"
`;

/**
 * Starts a small process that stops the server when this process dies without stopping it (kill -9, out of memory).
 * Returns a function that ends the watchdog, to be called when the server is gone.
 */
export function startWatchdog(serverPid: number, account: ServerAccount | undefined): () => void {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'imgsrv-watchdog', String(serverPid)], {
    ...account,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without it the next start still finds and stops a server that was left behind.
  watchdog.on('error', () => undefined);
  watchdog.stdin.on('error', () => undefined);
  return () => {
    watchdog.kill('SIGKILL');
  };
}
