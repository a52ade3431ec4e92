import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks of /proc; every Linux that Node runs on has 100 a second. */
const TICKS_PER_SECOND = 100;

/** Processor time that processes and their children have used so far, in seconds. Ended ones count nothing. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.flatMap(withChildren).reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
}

/** Begins to measure peaks anew. */
export function resetPeaks(pids: readonly number[]): void {
  for (const pid of pids.flatMap(withChildren)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Not permitted everywhere; then the peak is that of its whole life.
    }
  }
}

/** The highest resident set of a process since `resetPeaks`, in MiB. */
export function peakMib(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) / 1024;
}

/** What a process has resident just now, in MiB. */
export function residentMib(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) / 1024;
}

function withChildren(pid: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
  return [pid, ...children];
}

function parentOf(pid: number): number | undefined {
  const fields = statOf(pid);
  return fields === undefined ? undefined : Number(fields[1]);
}

function cpuSecondsOf(pid: number): number {
  const fields = statOf(pid);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The fields of /proc/PID/stat from the state on: the name before it may contain anything. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
