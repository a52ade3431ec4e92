import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { type BenchCase, durationTable, measureInTurn, print, throughputTable } from './samples.js';
import { onStage, type Stage } from './stage.js';

const SMALL_UPLOADS = 500;
const SMALL_BYTES = 4096;
const SMALL_AT_ONCE = 16;

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
  await measureSmall(stage, Math.min(rounds, 3));
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

async function measureSmall({ s3, subjects }: Stage, rounds: number): Promise<void> {
  const cases: BenchCase[] = [
    ...(s3 === undefined
      ? []
      : [
          {
            label: 'raw S3 puts',
            run: () => manyAtOnce((bytes, blob) => s3.raw.put(blob.digest, bytes)),
          },
        ]),
    ...subjects.map(({ label, client }) => ({
      label,
      run: () => manyAtOnce((bytes, blob) => client.uploadBytes(bytes, blob)),
    })),
  ];
  print(
    durationTable(
      `${SMALL_UPLOADS} uploads of ${SMALL_BYTES} bytes, ${SMALL_AT_ONCE} at once, begin to ready`,
      await measureInTurn(rounds, cases),
    ),
  );
}

async function manyAtOnce(send: (bytes: Buffer, blob: UploadedBlob) => Promise<void>): Promise<void> {
  let left = SMALL_UPLOADS;
  const sendSome = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const bytes = randomBytes(SMALL_BYTES);
      await send(bytes, await describeSource(bytes));
    }
  };
  await Promise.all(Array.from({ length: SMALL_AT_ONCE }, sendSome));
}
