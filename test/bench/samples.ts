/** Measured times of one case, in seconds. */
export interface Samples {
  readonly label: string;
  readonly seconds: number[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** Runs the cases in turn, `rounds` times each after one that is not counted, so that drift hits all alike. */
export async function measureInTurn(
  rounds: number,
  cases: readonly { readonly label: string; readonly run: () => Promise<void> }[],
): Promise<Samples[]> {
  const samples = cases.map(({ label }) => ({ label, seconds: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { run }] of cases.entries()) {
      const startedAtMs = performance.now();
      await run();
      if (round > 0) {
        samples[index]?.seconds.push((performance.now() - startedAtMs) / 1000);
      }
    }
  }
  return samples;
}

/** A Markdown table of medians; the ratio is speed against the first case, the peer. */
export function throughputTable(title: string, sizeBytes: number, samples: readonly Samples[]): string {
  const mibPerSecond = (seconds: number) => sizeBytes / 2 ** 20 / seconds;
  const peer = median(samples[0]?.seconds ?? []);
  const rows = samples.map(({ label, seconds }) => {
    const spread = `${mibPerSecond(Math.max(...seconds)).toFixed(0)}–${mibPerSecond(Math.min(...seconds)).toFixed(0)}`;
    const middle = median(seconds);
    return `| ${label} | ${mibPerSecond(middle).toFixed(0)} | ${spread} | ${(peer / middle).toFixed(2)} |`;
  });
  return [`| ${title} | MiB/s, median | range | ratio |`, '|---|---|---|---|', ...rows].join('\n');
}
