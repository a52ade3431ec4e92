import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describeSource } from '../fixtures/upload-source.js';
import { getUrl } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';
import { publishImages } from './catalogue.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { median, print, ratio, row } from './samples.js';
import { onStage, type Stage, type Subject } from './stage.js';
import { randomRanges, wrk, type WrkOptions, type WrkResult } from './wrk.js';

const BLOB_BYTES = 2 ** 28;
const RANGE_BYTES = 2 ** 20;
const READERS = 200;
const CONNECTIONS = 16;
const IMAGES = 200;

/**
 * Ranges of one blob for many readers, one manifest and the list of images, of each service of the stage in turn. With IMGSRV_BENCH_PEER another
 * checkout is the peer. `npm run bench -- hot-reads [seconds] [rounds]`, default 8 and 3.
 */
export async function run([seconds = '8', rounds = '3']: readonly string[]): Promise<void> {
  await onStage((stage) => measureHotReads(stage, Number(seconds), Number(rounds)));
}

interface Load {
  readonly label: string;
  readonly store: Subject['store'];
  readonly url: string;
  readonly options: Omit<WrkOptions, 'seconds'>;
}

async function measureHotReads({ folder, subjects }: Stage, seconds: number, rounds: number): Promise<void> {
  const file = join(folder, 'hot');
  await writeRandomFile(file, BLOB_BYTES);
  const { digest, ...rest } = await describeSource(file);
  const ranges: Load[] = [];
  const manifests: Load[] = [];
  const compressed: Load[] = [];
  const unchanged: Load[] = [];
  for (const { label, store, client, service, publisher } of subjects) {
    await client.upload(file, { digest, ...rest }, slicesOf(BLOB_BYTES, 4));
    const headers = [`Authorization: Bearer ${publisher.token}`];
    const servers = service.apis.map(({ pid }) => pid);
    const script = randomRanges(BLOB_BYTES / RANGE_BYTES, RANGE_BYTES);
    const url = `${service.baseUrl}/v1/blobs/${digest}`;
    ranges.push({ label, store, url, options: { connections: READERS, headers, servers, script } });
  }
  for (const subject of subjects.filter(({ store }) => store === 'filesystem')) {
    const { label, store, service } = subject;
    await publishImages(subject, IMAGES);
    const url = `${service.baseUrl}/v1/images/image-00000/versions/1.0`;
    const servers = service.apis.map(({ pid }) => pid);
    const options = { connections: CONNECTIONS, servers };
    manifests.push({ label, store, url, options });
    const list = `${service.baseUrl}/streams/v1/images.json`;
    const headers = ['Accept-Encoding: gzip'];
    const etag = await tagOf(list, IMAGES);
    compressed.push({ label, store, url: list, options: { ...options, headers } });
    const conditional = [...headers, `If-None-Match: ${etag}`];
    unchanged.push({ label, store, url: list, options: { ...options, headers: conditional } });
  }
  // What was uploaded goes to the disk now, and not while something is measured.
  execFileSync('sync');
  for (const store of ['filesystem', 's3'] as const) {
    const loads = ranges.filter((load) => load.store === store);
    await compare(`${READERS} readers of 1 MiB ranges`, loads, seconds, rounds);
  }
  await compare(`a manifest, ${CONNECTIONS} connections`, manifests, seconds, rounds);
  await compare(`images.json of ${IMAGES} images, gzip`, compressed, seconds, rounds);
  await compare(`images.json of ${IMAGES} images, 304`, unchanged, seconds, rounds);
}

/** The entity tag of the gzip form once it lists so many images. */
async function tagOf(url: string, images: number): Promise<string> {
  return waitFor(
    async () => {
      const { headers, bytes } = await getUrl(url, { 'accept-encoding': 'gzip' });
      const { products } = JSON.parse(gunzipSync(bytes).toString()) as { readonly products: object };
      return Object.keys(products).length >= images ? String(headers.etag) : undefined;
    },
    { what: 'all images in Simple Streams', timeoutMs: 60_000 },
  );
}

/** Prints medians; the ratio is requests per second against the first. */
async function compare(
  title: string,
  loads: readonly Load[],
  seconds: number,
  rounds: number,
): Promise<void> {
  const results = loads.map((load) => ({ ...load, measured: [] as WrkResult[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { url, options, measured } of results) {
      const result = await wrk(url, { ...options, seconds });
      // The first is not counted: what runs for the first time is compiled first.
      if (round > 0) {
        measured.push(result);
      }
    }
  }
  const middle = (measured: readonly WrkResult[], of: (result: WrkResult) => number): number =>
    median(measured.map(of));
  const first = middle(results[0]?.measured ?? [], (result) => result.requestsPerSecond);
  print(
    [
      row([title, 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'failures', 'CPU ms each', 'peak MiB']),
      '|---|---|---|---|---|---|---|---|',
      ...results.map(({ label, measured }) =>
        row([
          label,
          middle(measured, (result) => result.requestsPerSecond).toFixed(0),
          ratio(middle(measured, (result) => result.requestsPerSecond) / first),
          middle(measured, (result) => result.p50Ms).toFixed(0),
          middle(measured, (result) => result.p99Ms).toFixed(0),
          middle(measured, (result) => result.failures).toFixed(0),
          middle(measured, (result) => result.cpuMsPerRequest).toFixed(2),
          middle(measured, (result) => result.peakMib).toFixed(0),
        ]),
      ),
    ].join('\n'),
  );
}
