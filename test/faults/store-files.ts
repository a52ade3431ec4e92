import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface StoreFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Every file under the folder of a filesystem store, whatever it is; what vanishes meanwhile is left out. */
export async function filesIn(folder: string): Promise<readonly StoreFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(absent([]));
  const files = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        return filesIn(path);
      }
      const found = await stat(path).catch(absent(undefined));
      return found === undefined ? [] : [{ path, sizeBytes: found.size }];
    }),
  );
  return files.flat();
}

function absent<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return instead;
    }
    throw error;
  };
}

/** The one file of this size that was uploaded for `digest`; throws when there is none or more than one. */
export async function fileOfSize(storageDir: string, digest: string, sizeBytes: number): Promise<string> {
  const hex = digest.slice('sha256:'.length);
  const found = (await filesIn(storageDir)).filter(
    (file) => file.sizeBytes === sizeBytes && file.path.includes(hex),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} files of ${digest} have ${sizeBytes} bytes`);
  }
  return only.path;
}
