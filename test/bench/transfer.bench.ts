import { join } from 'node:path';
import { describeSource } from '../fixtures/upload-source.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { BenchClient, download } from './bench-client.js';
import { Nginx } from './nginx.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { RawS3 } from './raw-s3.js';
import { measureInTurn, throughputTable } from './samples.js';

const PARALLEL_PARTS = 4;

interface Subject {
  readonly label: string;
  readonly service: RunningService;
  readonly client: BenchClient;
  readonly token: string;
}

/**
 * Uploads (begin to ready) and downloads of one large object on each store, against a raw S3 multipart put and nginx
 * serving the same bytes. `npm run bench -- transfer [MiB] [rounds]`, default 1024 and 5. Needs nginx and curl, and
 * an S3 service in IMGSRV_TEST_S3_* for all that concerns S3.
 */
export async function run([mib = '1024', rounds = '5']: readonly string[]): Promise<void> {
  const sizeBytes = Number(mib) * 2 ** 20;
  const folder = await createTemporaryFolder('bench');
  const s3 = RawS3.fromEnvironment();
  const stores = s3 === undefined ? (['filesystem'] as const) : (['filesystem', 's3'] as const);
  const subjects = await Promise.all(stores.map(startSubject));
  try {
    const inputs = { folder: folder.path, sizeBytes, rounds: Number(rounds), s3, subjects };
    await measureUploads(inputs);
    await measureDownloads(inputs);
  } finally {
    await Promise.all(subjects.map(({ client, service }) => (client.close(), service.stop())));
    s3?.close();
    await folder.remove();
  }
}

interface Inputs {
  readonly folder: string;
  readonly sizeBytes: number;
  readonly rounds: number;
  readonly s3: RawS3 | undefined;
  readonly subjects: readonly Subject[];
}

async function startSubject(store: 'filesystem' | 's3'): Promise<Subject> {
  const service = await startService({ store });
  const { token } = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
  return { label: `imgsrv, ${store}`, service, token, client: new BenchClient(service.baseUrl, token) };
}

async function measureUploads({ folder, sizeBytes, rounds, s3, subjects }: Inputs): Promise<void> {
  const file = join(folder, 'upload');
  const slices = slicesOf(sizeBytes, PARALLEL_PARTS);
  let attempt = 0;
  // Preparing the bytes of an upload must not count: every case sends the file that was made before its turn.
  const fresh = async () => {
    await writeRandomFile(file, sizeBytes);
    attempt += 1;
    return describeSource(file);
  };
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    const cases = [
      ...(s3 === undefined
        ? []
        : [{ label: 'raw S3 multipart put', put: () => s3.putMultipart(`raw-${attempt}`, file, slices) }]),
      ...subjects.map(({ label, client }) => ({
        label,
        put: (blob: { digest: string; sizeBytes: number }) => client.upload(file, blob, slices),
      })),
    ];
    for (const { label, put } of cases) {
      const blob = await fresh();
      const startedAtMs = performance.now();
      await put(blob);
      const seconds = (performance.now() - startedAtMs) / 1000;
      if (round > 0) {
        samples.set(label, [...(samples.get(label) ?? []), seconds]);
      }
    }
  }
  const rows = [...samples].map(([label, seconds]) => ({ label, seconds }));
  print(throughputTable(`upload, begin to ready, ${PARALLEL_PARTS} parts`, sizeBytes, rows));
}

async function measureDownloads({ folder, sizeBytes, rounds, s3, subjects }: Inputs): Promise<void> {
  const file = join(folder, 'download');
  await writeRandomFile(file, sizeBytes);
  const blob = await describeSource(file);
  const slices = slicesOf(sizeBytes, PARALLEL_PARTS);
  await s3?.putMultipart('download', file, slices);
  for (const { client } of subjects) {
    await client.upload(file, blob, slices);
  }
  const nginx = await Nginx.start({
    folder: join(folder, 'nginx'),
    staticDir: folder,
    ...(s3 === undefined ? {} : { origin: s3.origin }),
  });
  try {
    const peers = [
      ...(s3 === undefined
        ? []
        : [
            { label: 'nginx proxy of S3', run: () => download(`${nginx.url}/proxy${s3.pathOf('download')}`) },
          ]),
      { label: 'nginx static', run: () => download(`${nginx.url}/static/download`) },
    ];
    const own = subjects.map(({ label, service, token }) => ({
      label,
      run: () => download(`${service.baseUrl}/v1/blobs/${blob.digest}`, [`Authorization: Bearer ${token}`]),
    }));
    print(throughputTable('download, 1 client', sizeBytes, await measureInTurn(rounds, [...peers, ...own])));
  } finally {
    await nginx.stop();
  }
}

function print(table: string): void {
  process.stdout.write(`\n${table}\n`);
}
