import { measureDownloads } from './downloads.bench.js';
import { measurePublishing } from './publishing.bench.js';
import { measureRequests } from './requests.bench.js';
import { onStage } from './stage.js';
import { measureStart } from './start.bench.js';
import { measureUploads } from './uploads.bench.js';

const CLIENTS = 16;
const PUBLISHES = 100;
const IMAGES_BESIDE = 200;
const STREAMS_IMAGES = 1000;

/**
 * Every case, one after the other: the tables of docs/performance.md. Takes about 40 minutes on two cores.
 * `npm run bench -- all [MiB] [rounds]`, default 1024 and 5.
 */
export async function run([mib = '1024', rounds = '5']: readonly string[]): Promise<void> {
  const sizeBytes = Number(mib) * 2 ** 20;
  await measureStart(Number(rounds));
  await onStage(async (stage) => {
    await measureUploads(stage, sizeBytes, Number(rounds));
    await measureDownloads(stage, sizeBytes, Number(rounds), CLIENTS);
    await measurePublishing(stage, PUBLISHES, IMAGES_BESIDE);
  });
  await onStage((stage) => measureRequests(stage, STREAMS_IMAGES));
}
