import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAMES = ['access-key-id', 'secret-access-key'] as const;
type Name = (typeof NAMES)[number];

/**
 * A folder as the kubelet mounts a secret: each file is a link through `..data`, which is a link to a folder of the
 * values. A change makes a new folder and replaces that one link, so that all files change at one moment.
 */
export class MountedSecret {
  private generation = 0;

  constructor(readonly path: string) {}

  file(name: Name): string {
    return join(this.path, name);
  }

  /** Replaces all values at once. */
  async set(values: Readonly<Record<Name, string>>): Promise<void> {
    const folder = `..generation-${(this.generation += 1)}`;
    await mkdir(join(this.path, folder));
    for (const name of NAMES) {
      await writeFile(join(this.path, folder, name), values[name]);
    }
    const before = await readlink(join(this.path, '..data')).catch(() => undefined);
    await symlink(folder, join(this.path, '..data_tmp'));
    await rename(join(this.path, '..data_tmp'), join(this.path, '..data'));
    if (before === undefined) {
      for (const name of NAMES) {
        await symlink(join('..data', name), this.file(name));
      }
    } else {
      await rm(join(this.path, before), { recursive: true });
    }
  }
}
