import { join } from 'node:path';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { freePort, PeerProcess } from './peer-process.js';
import type { RawS3 } from './raw-s3.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { type BenchCase, measureInTurn, print, throughputTable } from './samples.js';
import { onStage, type Stage } from './stage.js';

/**
 * Uploads of one large object in one request, which is verified when it is answered. Peers: a raw S3 put of the same file by the
 * same client in one request, one whose bytes the store compares with a digest as well, the latter through a relay that does nothing
 * else and through one that hashes, and multipart in one part. `npm run bench -- whole-uploads [MiB] [rounds]`, default 512 and 5.
 */
export async function run([mib = '512', rounds = '5']: readonly string[]): Promise<void> {
  await onStage(async (stage) => {
    const relays: Relay[] = [];
    try {
      if (stage.s3 !== undefined) {
        relays.push(await startRelay('a relay', stage.s3.raw));
        relays.push(await startRelay('a relay that hashes', stage.s3.raw, 'sha256'));
      }
      await measureWholeUploads(stage, relays, Number(mib) * 2 ** 20, Number(rounds));
    } finally {
      for (const { raw, peer } of relays) {
        raw.close();
        await peer.stop();
      }
    }
  });
}

/** The store behind a process that passes requests on. */
interface Relay {
  readonly label: string;
  readonly raw: RawS3;
  readonly peer: PeerProcess;
}

async function startRelay(label: string, store: RawS3, ...hashing: readonly 'sha256'[]): Promise<Relay> {
  const port = await freePort();
  const { hostname, port: target } = new URL(store.origin);
  const program = join(import.meta.dirname, 'relay.mjs');
  const args = ['--expose-gc', program, String(port), hostname, target, ...hashing];
  const peer = await PeerProcess.start(process.execPath, args, `http://127.0.0.1:${port}/`);
  return { label, raw: store.through(port), peer };
}

async function measureWholeUploads(
  { folder, s3, subjects }: Stage,
  relays: readonly Relay[],
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
  const putCompared = (raw: RawS3) =>
    raw.putFile(blob.digest, file, sizeBytes, blob.digest.slice('sha256:'.length));
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
            run: () => putCompared(s3.raw),
          },
          {
            ...{ label: 'raw S3 multipart put', prepare, store },
            run: () => s3.raw.putMultipart(blob.digest, file, slicesOf(sizeBytes, 1)),
          },
        ]),
    ...relays.map(({ label, raw, peer }) => ({
      ...{ label: `its digest signed, through ${label}`, prepare, servers: [peer.pid], store },
      run: () => putCompared(raw),
    })),
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
