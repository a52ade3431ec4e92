import { download } from './bench-client.js';
import { peerOf, publishEverywhere } from './download-sources.js';
import { measureRanges } from './ranges.bench.js';
import { type BenchCase, measureInTurn, print, throughputTable } from './samples.js';
import { onStage, type Stage } from './stage.js';

const RANGE_SECONDS = 15;

/**
 * Downloads of one large object by one and by many clients, and many readers of ranges. Peers: nginx serving the same
 * file, nginx proxying the S3 service, docker-registry.
 * `npm run bench -- downloads [MiB] [rounds] [clients]`, default 1024, 5 and 16.
 */
export async function run([mib = '1024', rounds = '5', clients = '16']: readonly string[]): Promise<void> {
  await onStage((stage) => measureDownloads(stage, Number(mib) * 2 ** 20, Number(rounds), Number(clients)));
}

export async function measureDownloads(
  stage: Stage,
  sizeBytes: number,
  rounds: number,
  clients: number,
): Promise<void> {
  const sources = await publishEverywhere(stage, sizeBytes);
  for (const count of [1, clients]) {
    const cases = sources.map((source): BenchCase => ({
      ...source,
      run: async () => {
        await Promise.all(Array.from({ length: count }, () => download(source.url, source.headers)));
      },
    }));
    const samples = await measureInTurn(count === 1 ? rounds : Math.min(rounds, 3), cases);
    const title = `download of ${sizeBytes / 2 ** 20} MiB, ${count} client${count === 1 ? '' : 's'}`;
    print(throughputTable(title, sizeBytes * count, samples, peerOf));
  }
  await measureRanges(sources, sizeBytes, RANGE_SECONDS);
}
