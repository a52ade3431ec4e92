import { join } from 'node:path';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { download } from './bench-client.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { type BenchCase, measureInTurn, print, ratio, row, throughputTable } from './samples.js';
import { onStage, type Stage } from './stage.js';
import { randomRanges, wrk, type WrkResult } from './wrk.js';

const RANGE_READERS = 200;
const RANGE_BYTES = 2 ** 20;
const RANGE_SECONDS = 8;

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
  await measureRanges(sources, sizeBytes);
}

interface Source {
  readonly label: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly servers: readonly number[];
  readonly store: readonly number[];
}

/** What each is held against: the file system against files, S3 against a proxy of S3. */
function peerOf(label: string): string {
  return label.includes('file system') || label.includes('static') ? 'nginx static' : 'nginx proxy of S3';
}

async function publishEverywhere(stage: Stage, sizeBytes: number): Promise<Source[]> {
  const { folder, s3, nginx, registry, subjects } = stage;
  const file = join(folder, 'download');
  await writeRandomFile(file, sizeBytes);
  const blob: UploadedBlob = await describeSource(file);
  const slices = slicesOf(sizeBytes, 4);
  await s3?.raw.putMultipart('download', file, slices);
  await registry.push(file, blob);
  const store = s3?.pids ?? [];
  const proxied = s3 && `${nginx.url}/proxy${s3.raw.pathOf('download')}`;
  const own: Source[] = [];
  for (const { label, client, service, publisher, storePids } of subjects) {
    await client.upload(file, blob, slices);
    own.push({
      label,
      url: `${service.baseUrl}/v1/blobs/${blob.digest}`,
      headers: [`Authorization: Bearer ${publisher.token}`],
      servers: service.apis.map(({ pid }) => pid),
      store: storePids,
    });
  }
  return [
    {
      label: 'nginx static',
      url: `${nginx.url}/static/download`,
      headers: [],
      servers: [nginx.pid],
      store: [],
    },
    ...(proxied === undefined
      ? []
      : [{ label: 'nginx proxy of S3', url: proxied, headers: [], servers: [nginx.pid], store }]),
    { label: 'docker-registry', url: registry.blobUrl(blob), headers: [], servers: [registry.pid], store },
    ...own,
  ];
}

async function measureRanges(sources: readonly Source[], sizeBytes: number): Promise<void> {
  const ranges = Math.floor(sizeBytes / RANGE_BYTES);
  const results: { readonly source: Source; readonly result: WrkResult }[] = [];
  for (const source of sources) {
    results.push({
      source,
      result: await wrk(source.url, {
        connections: RANGE_READERS,
        seconds: RANGE_SECONDS,
        headers: source.headers,
        script: randomRanges(ranges, RANGE_BYTES),
        servers: source.servers,
      }),
    });
  }
  const rows = results.map(({ source, result }) => {
    const peer = results.find(({ source: other }) => other.label === peerOf(source.label));
    const share = result.requestsPerSecond / (peer?.result.requestsPerSecond ?? Number.NaN);
    return row([
      source.label,
      (result.requestsPerSecond * (RANGE_BYTES / 2 ** 20)).toFixed(0),
      ratio(share),
      result.p99Ms.toFixed(0),
      String(result.failures),
      result.peakMib.toFixed(0),
    ]);
  });
  print(
    [
      row([`${RANGE_READERS} readers of 1 MiB ranges`, 'MiB/s', 'ratio', 'p99 ms', 'failures', 'peak MiB']),
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}
