import { Client } from 'pg';
import { Exposition } from '../observability/exposition.js';
import { fillCatalogue } from '../observability/fill-catalogue.js';
import { startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { measureInTurn, median } from './samples.js';

/**
 * Time of a scrape of the api and of the worker on an empty database, and with a catalogue in it.
 * `npm run bench -- scrape [blobs] [versions] [rounds]`, default 100000, 20000 and 50.
 */
export async function run([
  blobs = '100000',
  versions = '20000',
  rounds = '50',
]: readonly string[]): Promise<void> {
  const service = await startService();
  const client = new Client({ connectionString: service.databaseUrl });
  await client.connect();
  try {
    const urls = [...service.apis, ...service.workers].map((process) => process.metricsUrl);
    process.stdout.write('\n| catalogue | process | scrape, median ms | slowest ms |\n|---|---|---|---|\n');
    await report('empty', urls, Number(rounds));
    await fillCatalogue(client, {
      blobs: Number(blobs),
      versions: Number(versions),
      finishedJobs: Number(blobs),
    });
    await client.query(`UPDATE statistics SET due_at = '-infinity'`);
    const counted = await waitFor(
      async () => {
        const shown = await Exposition.scrape(urls[0] ?? '');
        return shown.find('imgsrv_blobs') === Number(blobs) ? shown : undefined;
      },
      { timeoutMs: 60_000, what: 'the count' },
    );
    await report(`${blobs} blobs, ${versions} versions`, urls, Number(rounds));
    const seconds = counted.get('imgsrv_statistics_count_duration_seconds');
    process.stdout.write(`\nCounting all of it in the background took ${(seconds * 1000).toFixed(0)} ms.\n`);
  } finally {
    await client.end();
    await service.stop();
  }
}

async function report(catalogue: string, urls: readonly string[], rounds: number): Promise<void> {
  const samples = await measureInTurn(
    rounds,
    urls.map((url, index) => ({
      label: index === 0 ? 'api' : 'worker',
      run: async () => {
        await (await fetch(url)).text();
      },
    })),
  );
  for (const { label, seconds } of samples) {
    const [middle, slowest] = [median(seconds), Math.max(...seconds)].map((value) =>
      (value * 1000).toFixed(1),
    );
    process.stdout.write(`| ${catalogue} | ${label} | ${middle ?? ''} | ${slowest ?? ''} |\n`);
  }
}
