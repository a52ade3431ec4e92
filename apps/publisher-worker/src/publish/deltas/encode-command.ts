import { findProgram } from './find-program.js';

/** With the flags below xdelta3 needs 160 MB. */
const MOST_MEMORY_BYTES = 512 * 2 ** 20;
const MOST_FILES = 16;

/**
 * xdelta3 with its usual windows, which are among those that clients and our own reader take: of 8 MiB of the target, with 64 MiB
 * of the base at hand. It unpacks nothing (`-D`), for clients would have to pack it again, and writes no names of files (`-A`).
 */
const PARAMETERS = '-e -q -c -D -A -W 8388608 -B 67108864 -s /dev/fd/3'.split(' ');

/** How to run xdelta3, within the limits that the system can set; undefined where it is not installed. */
export async function findEncodeCommand(
  searchPath: string,
  timeLimitMs: number,
): Promise<readonly [string, ...string[]] | undefined> {
  const xdelta3 = await findProgram('xdelta3', searchPath);
  if (xdelta3 === undefined) {
    return undefined;
  }
  const prlimit = await findProgram('prlimit', searchPath);
  if (prlimit === undefined) {
    return [xdelta3, ...PARAMETERS];
  }
  return [
    prlimit,
    `--as=${MOST_MEMORY_BYTES}`,
    `--cpu=${Math.ceil(timeLimitMs / 1000)}`,
    `--nofile=${MOST_FILES}`,
    // It writes to a pipe only.
    '--fsize=0',
    '--core=0',
    '--',
    xdelta3,
    ...PARAMETERS,
  ];
}
