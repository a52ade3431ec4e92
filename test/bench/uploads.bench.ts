import { join } from 'node:path';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { type BenchCase, measureInTurn, print, throughputTable } from './samples.js';
import { measureSmallUploads } from './small-uploads.bench.js';
import { onStage, type Stage } from './stage.js';

/**
 * Uploads from begin to ready: one large object in one part and in four at once, and many small ones. Peers: a raw S3
 * multipart put of the same parts by the same client, and docker-registry's push.
 * `npm run bench -- uploads [MiB] [rounds]`, default 1024 and 5.
 */
export async function run([mib = '1024', rounds = '5']: readonly string[]): Promise<void> {
  await onStage((stage) => measureUploads(stage, Number(mib) * 2 ** 20, Number(rounds)));
}

export async function measureUploads(stage: Stage, sizeBytes: number, rounds: number): Promise<void> {
  for (const parts of [1, 4]) {
    await measureLarge(stage, sizeBytes, parts, rounds);
  }
  await measureSmallUploads(stage, Math.min(rounds, 3));
}

async function measureLarge(
  { folder, s3, registry, subjects }: Stage,
  sizeBytes: number,
  parts: number,
  rounds: number,
): Promise<void> {
  const file = join(folder, 'upload');
  const slices = slicesOf(sizeBytes, parts);
  let blob: UploadedBlob;
  // Bytes that nobody has seen, so that no upload is skipped; making them does not count.
  const prepare = async () => {
    await writeRandomFile(file, sizeBytes);
    blob = await describeSource(file);
  };
  const store = s3?.pids ?? [];
  const cases: BenchCase[] = [
    ...(s3 === undefined
      ? []
      : [
          {
            label: 'raw S3 multipart put',
            prepare,
            run: () => s3.raw.putMultipart(blob.digest, file, slices),
            store,
          },
        ]),
    {
      label: 'docker-registry push (one stream)',
      prepare,
      run: () => registry.push(file, blob),
      servers: [registry.pid],
      store,
    },
    ...subjects.map(({ label, client, pids, storePids }) => ({
      label,
      prepare,
      run: () => client.upload(file, blob, slices),
      servers: pids,
      store: storePids,
    })),
  ];
  print(
    throughputTable(
      `upload of ${sizeBytes / 2 ** 20} MiB, begin to ready, ${parts} part${parts === 1 ? '' : 's at once'}`,
      sizeBytes,
      await measureInTurn(rounds, cases),
    ),
  );
}
