import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How each image is made by the programs of qemu: options of `qemu-img create`, the size, commands of `qemu-io`. */
const RECIPES = {
  empty: [[], '1G', []],
  written: [[], '1G', ['write -P 5 0 1k', 'write -P 7 500M 4k', 'write -P 1 1000k 512']],
  'version 2': [['compat=0.10'], '1G', ['write -P 5 0 1k', 'write -P 7 600M 4k']],
  compressed: [[], '8M', ['write -c -P 3 0 64k', 'write -c -P 4 64k 64k']],
  zstd: [['compression_type=zstd'], '8M', ['write -c -P 3 0 64k', 'write -c -P 4 64k 64k']],
  subclusters: [
    ['extended_l2=on'],
    '64M',
    ['write -P 1 0 3k', 'write -z 2M 8k', 'write -c -P 4 4M 64k', 'write -P 2 1M 2k'],
  ],
  'small clusters': [['cluster_size=512'], '1M', ['write -P 1 0 20k', 'write -P 3 500k 1k']],
  'large clusters': [['cluster_size=2M'], '1G', ['write -P 1 0 20k']],
  'counts of a bit': [['refcount_bits=1'], '1G', ['write -P 5 0 1k']],
  'counts of 64 bits': [['refcount_bits=64'], '1G', ['write -P 5 0 1k']],
  'lazy counts': [['lazy_refcounts=on'], '1G', ['write -P 5 0 1k']],
  zeros: [[], '1G', ['write -P 5 0 64k', 'write -z 0 64k', 'write -z 1M 1M', 'discard 0 64k']],
  preallocated: [['preallocation=metadata'], '8M', []],
  'odd size': [[], '1000448', ['write -P 5 0 1000448']],
} satisfies Record<string, readonly [readonly string[], string, readonly string[]]>;

export type Qcow2File = keyof typeof RECIPES | 'snapshots' | 'bitmaps';

/** Makes the images in a folder and reads them, by name. */
export async function makeQcow2Files(folder: string): Promise<ReadonlyMap<Qcow2File, Buffer>> {
  const made = new Map<Qcow2File, Buffer>();
  const path = join(folder, 'made.qcow2');
  for (const name of Object.keys(RECIPES) as (keyof typeof RECIPES)[]) {
    const [options, size, commands] = RECIPES[name];
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', ...options.flatMap((o) => ['-o', o]), path, size]);
    await write(path, commands);
    made.set(name, await readFile(path));
  }
  await writeFile(path, made.get('written') ?? '');
  await run('qemu-img', ['bitmap', '--add', path, 'one']);
  await run('qemu-img', ['bitmap', '--add', '-g', '4k', path, 'two']);
  made.set('bitmaps', await readFile(path));
  await writeFile(path, made.get('written') ?? '');
  await run('qemu-img', ['snapshot', '-c', 'one', path]);
  await write(path, ['write -P 9 0 1k']);
  await run('qemu-img', ['snapshot', '-c', 'two', path]);
  await write(path, ['write -P 9 600M 1k']);
  made.set('snapshots', await readFile(path));
  return made;
}

async function write(path: string, commands: readonly string[]): Promise<void> {
  if (commands.length > 0) {
    await run('qemu-io', [...commands.flatMap((command) => ['-c', command]), path]);
  }
}

/** Whether the consumer's own program opens the image and finds no error in it; clusters that leak are none. */
export async function isSoundForQemu(folder: string, bytes: Buffer): Promise<boolean> {
  const path = join(folder, 'judged.qcow2');
  await writeFile(path, bytes);
  const opened = spawnSync('qemu-img', ['info', '-f', 'qcow2', path]);
  const checked = spawnSync('qemu-img', ['check', '-f', 'qcow2', path]);
  return opened.status === 0 && (checked.status === 0 || checked.status === 3);
}
