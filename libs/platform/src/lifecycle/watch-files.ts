import { unwatchFile, watchFile } from 'node:fs';

/** Looking costs a stat; events do not tell of links that are moved, which is how orchestrators renew what they mount. */
const LOOK_EVERY_MS = 2000;

/** Calls `changed` when one of the files was written or replaced, and on SIGHUP. Returns what ends the watch. */
export function watchFiles(files: readonly string[], changed: () => void): () => void {
  const onStat = (now: { mtimeMs: number; ino: number }, before: { mtimeMs: number; ino: number }): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) changed();
  };
  for (const file of files) {
    watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, onStat);
  }
  process.on('SIGHUP', changed);
  return () => {
    for (const file of files) unwatchFile(file, onStat);
    process.off('SIGHUP', changed);
  };
}
