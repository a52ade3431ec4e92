import { peerOf, publishEverywhere, type Source } from './download-sources.js';
import { print, ratio, row } from './samples.js';
import { onStage } from './stage.js';
import { randomRanges, wrk, type WrkResult } from './wrk.js';

const READERS = 200;
const BYTES = 2 ** 20;
const WARM_UP_READERS = 16;
const WARM_UP_SECONDS = 10;

/**
 * Many readers of ranges at once. Peers as for downloads.
 * `npm run bench -- ranges [seconds] [MiB]`, default 15 and 1024.
 */
export async function run([seconds = '15', mib = '1024']: readonly string[]): Promise<void> {
  const sizeBytes = Number(mib) * 2 ** 20;
  await onStage(async (stage) => {
    await measureRanges(await publishEverywhere(stage, sizeBytes), sizeBytes, Number(seconds));
  });
}

export async function measureRanges(
  sources: readonly Source[],
  sizeBytes: number,
  seconds: number,
): Promise<void> {
  const ranges = Math.floor(sizeBytes / BYTES);
  const results: { readonly source: Source; readonly result: WrkResult }[] = [];
  for (const source of sources) {
    const read = (connections: number, forSeconds: number): Promise<WrkResult> =>
      wrk(source.url, {
        connections,
        seconds: forSeconds,
        headers: source.headers,
        script: randomRanges(ranges, BYTES),
        servers: source.servers,
      });
    // Not counted: what runs for the first time is compiled first.
    await read(WARM_UP_READERS, WARM_UP_SECONDS);
    results.push({ source, result: await read(READERS, seconds) });
  }
  const rows = results.map(({ source, result }) => {
    const peer = results.find(({ source: other }) => other.label === peerOf(source.label));
    const share = result.requestsPerSecond / (peer?.result.requestsPerSecond ?? Number.NaN);
    return row([
      source.label,
      (result.requestsPerSecond * (BYTES / 2 ** 20)).toFixed(0),
      ratio(share),
      result.p99Ms.toFixed(0),
      String(result.failures),
      result.cpuMsPerRequest.toFixed(2),
      result.peakMib.toFixed(0),
    ]);
  });
  print(
    [
      row([
        `${READERS} readers of 1 MiB ranges`,
        'MiB/s',
        'ratio',
        'p99 ms',
        'failures',
        'CPU ms each',
        'peak MiB',
      ]),
      '|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}
