import { join } from 'node:path';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { type BenchCase, measureInTurn, print, throughputTable } from './samples.js';
import { onStage, type Stage } from './stage.js';

/**
 * Uploads of one large object in one request, which is verified when it is answered. Peers: a raw S3 put of the same file by the
 * same client in one request, one whose bytes the store compares with a digest as well, and multipart in one part. `npm run bench -- whole-uploads [MiB] [rounds]`, default 512 and 5.
 */
export async function run([mib = '512', rounds = '5']: readonly string[]): Promise<void> {
  await onStage((stage) => measureWholeUploads(stage, Number(mib) * 2 ** 20, Number(rounds)));
}

async function measureWholeUploads(
  { folder, s3, subjects }: Stage,
  sizeBytes: number,
  rounds: number,
): Promise<void> {
  const file = join(folder, 'upload');
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
            ...{ label: 'raw S3 put, one request', prepare, store },
            run: () => s3.raw.putFile(blob.digest, file, sizeBytes),
          },
          {
            ...{ label: 'raw S3 put, its digest signed', prepare, store },
            run: () => s3.raw.putFile(blob.digest, file, sizeBytes, blob.digest.slice('sha256:'.length)),
          },
          {
            ...{ label: 'raw S3 multipart put', prepare, store },
            run: () => s3.raw.putMultipart(blob.digest, file, slicesOf(sizeBytes, 1)),
          },
        ]),
    ...subjects.map(({ label, client, pids, storePids }) => ({
      ...{ label: `${label}, one request`, prepare, servers: pids, store: storePids },
      run: () => client.putFile(file, blob),
    })),
  ];
  print(
    throughputTable(
      `upload of ${sizeBytes / 2 ** 20} MiB in one request, begin to ready`,
      sizeBytes,
      await measureInTurn(rounds, cases),
    ),
  );
}
