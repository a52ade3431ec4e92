import { cpuSeconds, peakMib, resetPeaks } from './process-usage.js';

/** One way of doing what is measured. */
export interface BenchCase {
  readonly label: string;
  /** What must be done before each run and does not count. */
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<void>;
  /** The processes that serve it, whose processor time and memory count. */
  readonly servers?: readonly number[];
  /** The processes of the object store behind them. */
  readonly store?: readonly number[];
}

/** What was measured of one case, a value a round. */
export interface Samples {
  readonly label: string;
  readonly seconds: number[];
  readonly serverCpuSeconds: number[];
  readonly storeCpuSeconds: number[];
  /** The largest of the servers at its highest, in MiB. */
  readonly peakMib: number[];
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which `share` of the values lie, interpolated. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const lower = sorted[Math.floor(position)] ?? Number.NaN;
  const upper = sorted[Math.ceil(position)] ?? Number.NaN;
  return lower + (upper - lower) * (position - Math.floor(position));
}

/** Runs the cases in turn, `rounds` times each after one that is not counted, so that drift hits all alike. */
export async function measureInTurn(rounds: number, cases: readonly BenchCase[]): Promise<Samples[]> {
  const samples = cases.map(({ label }) => ({
    label,
    seconds: [] as number[],
    serverCpuSeconds: [] as number[],
    storeCpuSeconds: [] as number[],
    peakMib: [] as number[],
  }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, one] of cases.entries()) {
      const measured = await measure(one);
      const kept = samples[index];
      if (round > 0 && kept !== undefined) {
        kept.seconds.push(measured.seconds);
        kept.serverCpuSeconds.push(measured.serverCpuSeconds);
        kept.storeCpuSeconds.push(measured.storeCpuSeconds);
        kept.peakMib.push(measured.peakMib);
      }
    }
  }
  return samples;
}

async function measure({ prepare, run, servers = [], store = [] }: BenchCase) {
  await prepare?.();
  resetPeaks(servers);
  const before = { servers: cpuSeconds(servers), store: cpuSeconds(store) };
  const startedAtMs = performance.now();
  await run();
  return {
    seconds: (performance.now() - startedAtMs) / 1000,
    serverCpuSeconds: cpuSeconds(servers) - before.servers,
    storeCpuSeconds: cpuSeconds(store) - before.store,
    peakMib: Math.max(0, ...servers.map(peakMib)),
  };
}

/** A Markdown table of medians for `bytes` moved in each run; the ratio is speed against the peer of each case. */
export function throughputTable(
  title: string,
  bytes: number,
  samples: readonly Samples[],
  peerOf: (label: string) => string = () => samples[0]?.label ?? '',
): string {
  const gib = bytes / 2 ** 30;
  const mibPerSecond = (seconds: number) => bytes / 2 ** 20 / seconds;
  const rows = samples.map((one) => {
    const { label, seconds, peakMib: peaks } = one;
    const peer = samples.find((other) => other.label === peerOf(label));
    const spread = `${mibPerSecond(Math.max(...seconds)).toFixed(0)}–${mibPerSecond(Math.min(...seconds)).toFixed(0)}`;
    return row([
      label,
      mibPerSecond(median(seconds)).toFixed(0),
      spread,
      ratio(median(peer?.seconds ?? []) / median(seconds)),
      positive(median(one.serverCpuSeconds) / gib),
      positive(median(one.storeCpuSeconds) / gib),
      Math.max(...peaks) === 0 ? '' : Math.max(...peaks).toFixed(0),
    ]);
  });
  return [
    row([title, 'MiB/s, median', 'range', 'ratio', 'CPU s/GiB', 'store CPU s/GiB', 'peak MiB']),
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** Empty for what was not measured. */
function positive(value: number): string {
  return value > 0 ? value.toFixed(2) : '';
}

/** A Markdown table of whole durations; the ratio is speed against the first case. */
export function durationTable(title: string, samples: readonly Samples[]): string {
  const peer = median(samples[0]?.seconds ?? []);
  const hasCpu = samples.some(({ serverCpuSeconds }) => median(serverCpuSeconds) > 0);
  const rows = samples.map(({ label, seconds, serverCpuSeconds, storeCpuSeconds }) =>
    row([
      label,
      median(seconds).toFixed(2),
      `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
      ratio(peer / median(seconds)),
      ...(hasCpu ? [positive(median(serverCpuSeconds)), positive(median(storeCpuSeconds))] : []),
    ]),
  );
  const cpuTitles = hasCpu ? ['CPU s', 'store CPU s'] : [];
  return [
    row([title, 'seconds, median', 'range', 'ratio', ...cpuTitles]),
    `|---|---|---|---|${'---|'.repeat(cpuTitles.length)}`,
    ...rows,
  ].join('\n');
}

export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '';
}

export function print(table: string): void {
  process.stdout.write(`\n${table}\n`);
}
