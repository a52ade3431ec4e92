import { join } from 'node:path';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeSource } from '../fixtures/upload-source.js';
import { startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { BenchClient, download } from './bench-client.js';
import { peakMib } from './process-usage.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { RawS3 } from './raw-s3.js';

/**
 * Peak memory of the api and the worker while uploads and downloads run at once, on each store.
 * `npm run bench -- memory [MiB] [uploads] [downloads]`, default 256, 20 and 20. Needs curl, and an S3 service in IMGSRV_TEST_S3_* for S3.
 */
export async function run([mib = '256', uploads = '20', downloads = '20']: readonly string[]): Promise<void> {
  const load = { sizeBytes: Number(mib) * 2 ** 20, uploads: Number(uploads), downloads: Number(downloads) };
  const stores =
    RawS3.fromEnvironment() === undefined ? (['filesystem'] as const) : (['filesystem', 's3'] as const);
  process.stdout.write(
    '\n| store | api, MiB idle | api, peak MiB | worker, peak MiB | seconds |\n|---|---|---|---|---|\n',
  );
  for (const store of stores) {
    await measure(store, load);
  }
}

interface Load {
  readonly sizeBytes: number;
  readonly uploads: number;
  readonly downloads: number;
}

async function measure(store: 'filesystem' | 's3', load: Load): Promise<void> {
  const { sizeBytes } = load;
  const folder = await createTemporaryFolder('bench');
  const service = await startService({ store });
  try {
    const { token } = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
    const client = new BenchClient(service.baseUrl, token);
    const files = Array.from({ length: load.uploads + 1 }, (_, index) => join(folder.path, `file-${index}`));
    for (const file of files) {
      await writeRandomFile(file, sizeBytes);
    }
    const [published = '', ...uploads] = files;
    const blob = await describeSource(published);
    const blobs = await Promise.all(uploads.map((file) => describeSource(file)));
    await client.upload(published, blob, slicesOf(sizeBytes, 1));
    const idle = service.apis.map(({ pid }) => peakMib(pid).toFixed(0)).join();
    const startedAtMs = performance.now();
    await Promise.all([
      ...uploads.map((file, index) => client.upload(file, blobs[index] ?? blob, slicesOf(sizeBytes, 2))),
      ...Array.from({ length: load.downloads }, () =>
        download(`${service.baseUrl}/v1/blobs/${blob.digest}`, [`Authorization: Bearer ${token}`]),
      ),
    ]);
    const seconds = (performance.now() - startedAtMs) / 1000;
    client.close();
    const [api, worker] = [...service.apis, ...service.workers].map(({ pid }) => peakMib(pid).toFixed(0));
    process.stdout.write(`| ${store} | ${idle} | ${api ?? ''} | ${worker ?? ''} | ${seconds.toFixed(1)} |\n`);
  } finally {
    await service.stop();
    await folder.remove();
  }
}
