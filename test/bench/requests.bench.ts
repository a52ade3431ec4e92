import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { getUrl } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';
import { publishImages } from './catalogue.js';
import { print, ratio, row } from './samples.js';
import { onStage, type Stage, type Subject } from './stage.js';
import { wrk, type WrkResult } from './wrk.js';

const CONNECTIONS = 16;
const SECONDS = 5;

/**
 * Small answers under load: Simple Streams with many images, manifests, lists. Peer: nginx serving the same bytes as
 * files, and for what is read from the database the health check of the same api.
 * `npm run bench -- requests [images]`, default 1000.
 */
export async function run([images = '1000']: readonly string[]): Promise<void> {
  await onStage((stage) => measureRequests(stage, Number(images)));
}

export async function measureRequests(stage: Stage, images: number): Promise<void> {
  const [subject] = stage.subjects;
  if (subject === undefined) {
    throw new Error('nothing to measure');
  }
  await publishImages(subject, images);
  await measureStreams(stage, subject, images);
  await measureReads(subject, images);
}

interface Load {
  readonly label: string;
  readonly url: string;
  readonly headers?: readonly string[];
  readonly servers: readonly number[];
}

async function measureStreams({ folder, nginx }: Stage, subject: Subject, images: number): Promise<void> {
  const url = `${subject.service.baseUrl}/streams/v1/images.json`;
  const whole = await waitFor(
    async () => {
      const { bytes, json } = await getUrl(url);
      const { products } = json as { products: object };
      return Object.keys(products).length >= images ? bytes : undefined;
    },
    { what: 'all images in Simple Streams', timeoutMs: 60_000 },
  );
  await writeFile(join(folder, 'images.json'), whole);
  await writeFile(join(folder, 'images.json.gz'), gzipSync(whole));
  const { headers } = await getUrl(url);
  const peer = await getUrl(`${nginx.url}/static/images.json`);
  const servers = subject.service.apis.map(({ pid }) => pid);
  const both = (label: string, own: readonly string[], theirs: readonly string[]): readonly Load[] => [
    {
      label: `nginx static, ${label}`,
      url: `${nginx.url}/static/images.json`,
      headers: theirs,
      servers: [nginx.pid],
    },
    { label: `imgsrv, ${label}`, url, headers: own, servers },
  ];
  const gzip = ['Accept-Encoding: gzip'];
  for (const pair of [
    both('plain', [], []),
    both('gzip', gzip, gzip),
    both('304', [`If-None-Match: ${String(headers.etag)}`], [`If-None-Match: ${String(peer.headers.etag)}`]),
  ]) {
    await compare(`images.json of ${images} images, ${(whole.length / 2 ** 20).toFixed(1)} MiB`, pair);
  }
}

async function measureReads(subject: Subject, images: number): Promise<void> {
  const { baseUrl, apis } = subject.service;
  const servers = apis.map(({ pid }) => pid);
  const token = [`Authorization: Bearer ${subject.publisher.token}`];
  const image = 'image-00000';
  await compare(`reads from a catalogue of ${images} images`, [
    { label: 'healthz', url: `${baseUrl}/healthz`, servers },
    { label: 'image', url: `${baseUrl}/v1/images/${image}`, servers },
    { label: 'manifest', url: `${baseUrl}/v1/images/${image}/versions/1.0`, servers },
    {
      label: 'manifest, with an API token',
      url: `${baseUrl}/v1/images/${image}/versions/1.0`,
      headers: token,
      servers,
    },
    { label: 'list of 100 images', url: `${baseUrl}/v1/images?limit=100`, servers },
    { label: 'an image that is not there', url: `${baseUrl}/v1/images/${randomUUID()}`, servers },
  ]);
}

/** Prints them beside each other; the ratio is requests per second against the first. */
async function compare(title: string, loads: readonly Load[]): Promise<void> {
  const results: { readonly label: string; readonly result: WrkResult }[] = [];
  for (const { label, url, headers = [], servers } of loads) {
    await wrk(url, { connections: CONNECTIONS, seconds: 1, headers });
    results.push({
      label,
      result: await wrk(url, { connections: CONNECTIONS, seconds: SECONDS, headers, servers }),
    });
  }
  const first = results[0]?.result.requestsPerSecond ?? Number.NaN;
  print(
    [
      row([title, 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU ms each']),
      '|---|---|---|---|---|---|',
      ...results.map(({ label, result }) =>
        row([
          label,
          result.requestsPerSecond.toFixed(0),
          ratio(result.requestsPerSecond / first),
          result.p50Ms.toFixed(1),
          result.p99Ms.toFixed(1),
          result.cpuMsPerRequest.toFixed(2),
        ]),
      ),
    ].join('\n'),
  );
}
