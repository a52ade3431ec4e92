import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Its input ends when this process does. It gives a server and services of the run time to end, then removes the folder. */
const SCRIPT = `
read -r _
n=0
while [ -e "$1/data/postgres/postmaster.pid" ] && [ $n -lt 30 ]; do sleep 1; n=$((n + 1)); done
rm -rf "$1"
`;

/** Starts a process that removes `folder` when asked, or when this process dies without asking. */
export function startFolderCleaner(folder: string): { clean(): Promise<void> } {
  const cleaner = spawn('/bin/sh', ['-c', SCRIPT, 'imgsrv-test-cleaner', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  const ended = once(cleaner, 'exit');
  return {
    clean: async () => {
      cleaner.stdin.end();
      await ended;
    },
  };
}
