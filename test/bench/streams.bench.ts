import { Client } from 'pg';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { Exposition } from '../observability/exposition.js';
import { getUrl } from '../support/http-client.js';
import { prepareImage } from './catalogue.js';
import { peakMib, resetPeaks, residentMib } from './process-usage.js';
import { percentile, print, row } from './samples.js';
import { startSubject, type Subject } from './stage.js';

const ROWS_OF_A_VERSION = 4;
const LOOK_EVERY_MS = 5;
/** What an idle event loop shows: the resolution of the histogram. */
const RESOLUTION_MS = 10;

/**
 * In a remote of many projected rows: how long after a publish was asked for the documents are new, the longest block of the event
 * loop of the api meanwhile, and its resident memory.
 * `npm run bench -- streams [images] [versions] [publishes]`, default 1000, 10 and 50.
 */
export async function run([
  images = '1000',
  versions = '10',
  publishes = '50',
]: readonly string[]): Promise<void> {
  const subject = await startSubject('filesystem');
  const client = new Client({ connectionString: subject.service.databaseUrl });
  await client.connect();
  try {
    await fillStreams(client, Number(images), Number(versions));
    await measure(subject, Number(images) * Number(versions) * ROWS_OF_A_VERSION, Number(publishes));
  } finally {
    await client.end();
    subject.client.close();
    await subject.service.stop();
  }
}

async function measure(subject: Subject, rows: number, publishes: number): Promise<void> {
  const [api] = subject.service.apis;
  if (api === undefined) throw new Error('no api was started');
  const startedAtMs = performance.now();
  await longestBlockMs(api.metricsUrl);
  const { bytes } = await getUrl(`${subject.service.baseUrl}/streams/v1/images.json`);
  const first = { ms: performance.now() - startedAtMs, blockMs: await longestBlockMs(api.metricsUrl) };
  resetPeaks([api.pid]);
  const metadata = await subject.publisher.uploadFile(readRealArchive('split'));
  const visible: number[] = [];
  const blocks: number[] = [];
  for (let count = 0; count < publishes; count += 1) {
    const name = `visible-${String(count).padStart(5, '0')}`;
    await prepareImage(subject, name, metadata);
    await longestBlockMs(api.metricsUrl);
    visible.push(await timeUntilNew(subject, name));
    blocks.push(await longestBlockMs(api.metricsUrl));
  }
  const at = (values: readonly number[], share: number) => percentile(values, share).toFixed(0);
  print(
    [
      `${rows} rows, images.json of ${(bytes.length / 2 ** 20).toFixed(1)} MiB; the first one after ${first.ms.toFixed(0)} ms, longest block ${first.blockMs.toFixed(0)} ms\n`,
      row([
        'publish to visible',
        'p50 ms',
        'p99 ms',
        'longest block p50 ms',
        'longest',
        'resident MiB',
        'peak',
      ]),
      '|---|---|---|---|---|---|---|',
      row([
        `${publishes} publishes`,
        at(visible, 0.5),
        at(visible, 0.99),
        at(blocks, 0.5),
        at(blocks, 1),
        residentMib(api.pid).toFixed(0),
        peakMib(api.pid).toFixed(0),
      ]),
    ].join('\n'),
  );
}

/** Until the documents have another entity tag; nothing else changes meanwhile. */
async function timeUntilNew({ service, publisher }: Subject, name: string): Promise<number> {
  const url = `${service.baseUrl}/streams/v1/images.json`;
  const before = await tagOf(url);
  const startedAtMs = performance.now();
  await publisher.call('POST', `/v1/images/${name}/versions/1.0/publish`);
  while ((await tagOf(url)) === before) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return performance.now() - startedAtMs;
}

async function tagOf(url: string): Promise<string | null> {
  const response = await fetch(url, { method: 'HEAD' });
  return response.headers.get('etag');
}

/** Since it was asked for last. */
async function longestBlockMs(metricsUrl: string): Promise<number> {
  const shown = await Exposition.scrape(metricsUrl);
  return shown.get('nodejs_eventloop_lag_max_seconds') * 1000 - RESOLUTION_MS;
}

/** Published versions of a container and a virtual machine each, for both clients; straight to the database. */
async function fillStreams(client: Pick<Client, 'query'>, images: number, versions: number): Promise<void> {
  await client.query('BEGIN');
  for (const table of FILLED) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await client.query(
    `INSERT INTO images (name) SELECT 'image-' || n FROM generate_series(1, $1::integer) AS n`,
    [images],
  );
  await client.query(
    `INSERT INTO versions (image_id, version, state, published_at)
       SELECT i.id, '1.' || n, 'published', now() - n * interval '1 hour'
         FROM images i, generate_series(1, $1::integer) AS n`,
    [versions],
  );
  await client.query(
    `WITH made AS (
       SELECT v.id, f.format, 'sha256:' || encode(sha256((v.id::text || f.format)::bytea), 'hex') AS digest
         FROM versions v, (VALUES ('squashfs'), ('qcow2')) AS f (format)),
     kept AS (
       INSERT INTO blobs (digest, size_bytes, storage_key, detected_format)
         SELECT digest, 1, digest, 'unknown' FROM made)
     INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
         primary_blob_size_bytes, primary_media_type, bound_blob_digest)
       SELECT id, 'default', 'debian', 'x86_64', format, digest, 1, 'application/octet-stream', digest FROM made`,
  );
  await client.query(
    `INSERT INTO stream_roots (artifact_id, client, version_id, image_type, architecture, variant, os, release,
         release_title, requirements, content, format, root_digest, root_size_bytes, metadata_digest,
         metadata_size_bytes, fingerprint)
       SELECT a.id, c.client, a.version_id,
           CASE a.format WHEN 'qcow2' THEN 'virtual-machine' ELSE 'container' END, 'amd64', 'default', 'Debian',
           'bookworm', 'bookworm', '{}', '{"architecture": "amd64", "os": "Debian", "release": "bookworm"}', a.format,
           a.primary_blob_digest, 1, 'sha256:' || encode(sha256((a.id::text || c.client || 'm')::bytea), 'hex'), 1,
           encode(sha256((a.id::text || c.client)::bytea), 'hex')
         FROM artifacts a, (VALUES ('incus'), ('lxd')) AS c (client)`,
  );
  for (const table of FILLED) await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  await client.query('UPDATE streams_revision SET revision = revision + 1');
  await client.query('COMMIT');
  await client.query('ANALYZE');
}

const FILLED = ['images', 'versions', 'artifacts', 'blobs', 'stream_roots'];
