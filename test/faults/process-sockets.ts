import { readdir, readlink } from 'node:fs/promises';

/** How many sockets a process has open, listening ones and those of its pools among them. */
export async function countSockets(pid: number): Promise<number> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith('socket:')).length;
}
