import { randomBytes } from 'node:crypto';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { slicesOf } from './random-file.js';
import { type BenchCase, durationTable, measureInTurn, print } from './samples.js';
import { onStage, type Stage } from './stage.js';

const UPLOADS = 500;
const BYTES = 4096;
const AT_ONCE = 16;

/**
 * Many small uploads, begin to ready. Peers: raw S3 puts by the same client, multipart
 * as large objects are and in one request, and docker-registry's push.
 * `npm run bench -- small-uploads [rounds]`, default 5.
 */
export async function run([rounds = '5']: readonly string[]): Promise<void> {
  await onStage((stage) => measureSmallUploads(stage, Number(rounds)));
}

export async function measureSmallUploads({ s3, registry, subjects }: Stage, rounds: number): Promise<void> {
  const cases: BenchCase[] = [
    ...(s3 === undefined
      ? []
      : [
          {
            label: 'raw S3 multipart put',
            run: () =>
              manyAtOnce((bytes, blob) => s3.raw.putMultipart(blob.digest, bytes, slicesOf(BYTES, 1))),
            store: s3.pids,
          },
          {
            label: 'raw S3 put, one request',
            run: () => manyAtOnce((bytes, blob) => s3.raw.put(blob.digest, bytes)),
            store: s3.pids,
          },
        ]),
    {
      label: 'docker-registry push',
      run: () => manyAtOnce((bytes, blob) => registry.push(bytes, blob)),
      servers: [registry.pid],
      store: s3?.pids ?? [],
    },
    ...subjects.map(({ label, client, pids, storePids }) => ({
      label,
      servers: pids,
      store: storePids,
      run: () => manyAtOnce((bytes, blob) => client.uploadBytes(bytes, blob)),
    })),
    ...subjects.map(({ label, client, pids, storePids }) => ({
      label: `${label}, one request`,
      servers: pids,
      store: storePids,
      run: () => manyAtOnce((bytes, blob) => client.putBytes(bytes, blob)),
    })),
  ];
  print(
    durationTable(
      `${UPLOADS} uploads of ${BYTES} bytes, ${AT_ONCE} at once, begin to ready`,
      await measureInTurn(rounds, cases),
    ),
  );
}

async function manyAtOnce(send: (bytes: Buffer, blob: UploadedBlob) => Promise<void>): Promise<void> {
  let left = UPLOADS;
  const sendSome = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const bytes = randomBytes(BYTES);
      await send(bytes, await describeSource(bytes));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
}
