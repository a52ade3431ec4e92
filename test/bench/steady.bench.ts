import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeSource } from '../fixtures/upload-source.js';
import { residentMib } from './process-usage.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import { median, print, row } from './samples.js';
import { onStage, type Stage, type Subject } from './stage.js';
import { randomRanges, wrk } from './wrk.js';

const BLOB_BYTES = 2 ** 28;
const RANGE_BYTES = 2 ** 20;
const UPLOAD_BYTES = 2 ** 25;
const UPLOAD_BYTES_PER_SECOND = 2 ** 19;
const SAMPLE_EVERY_MS = 500;
const WINDOWS = 5;

/**
 * Resident memory over some minutes while many readers fetch ranges and uploads go on all the time, on each store: it
 * must not grow. `npm run bench -- steady [seconds] [readers] [uploads]`, default 300, 200 and 20.
 */
export async function run([
  seconds = '300',
  readers = '200',
  uploads = '20',
]: readonly string[]): Promise<void> {
  const load = { seconds: Number(seconds), readers: Number(readers), uploads: Number(uploads) };
  await onStage((stage) => measureSteady(stage, load));
}

interface Load {
  readonly seconds: number;
  readonly readers: number;
  readonly uploads: number;
}

async function measureSteady({ folder, subjects }: Stage, load: Load): Promise<void> {
  const file = join(folder, 'steady');
  await writeRandomFile(file, BLOB_BYTES);
  const blob = await describeSource(file);
  for (const subject of subjects) {
    await subject.client.upload(file, blob, slicesOf(BLOB_BYTES, 4));
    const over = new AbortController();
    const memory = sampleMemory(subject, over.signal);
    const uploads = Promise.all(
      Array.from({ length: load.uploads }, () => uploadAgainAndAgain(subject, over.signal)),
    );
    const { requestsPerSecond, failures } = await wrk(`${subject.service.baseUrl}/v1/blobs/${blob.digest}`, {
      connections: load.readers,
      seconds: load.seconds,
      headers: [`Authorization: Bearer ${subject.publisher.token}`],
      script: randomRanges(BLOB_BYTES / RANGE_BYTES, RANGE_BYTES),
    });
    over.abort();
    const done = (await uploads).reduce((sum, count) => sum + count, 0);
    print(
      [
        `${subject.label}: ${load.readers} readers got ${((requestsPerSecond * RANGE_BYTES) / 2 ** 20).toFixed(0)} MiB/s, ${failures} failures; ${done} uploads of ${UPLOAD_BYTES / 2 ** 20} MiB, ${load.uploads} at once\n`,
        row(['resident MiB', ...windowTitles(load.seconds)]),
        `|---|${'---|'.repeat(WINDOWS)}`,
        ...(await memory),
      ].join('\n'),
    );
  }
}

function windowTitles(seconds: number): string[] {
  return Array.from({ length: WINDOWS }, (_, index) => `until ${(seconds / WINDOWS) * (index + 1)} s`);
}

/** A row a process: median and highest of each fifth of the time. */
async function sampleMemory({ service }: Subject, over: AbortSignal): Promise<string[]> {
  const processes = [
    ...service.apis.map(({ pid }) => ({ label: 'api', pid, samples: [] as number[] })),
    ...service.workers.map(({ pid }) => ({ label: 'worker', pid, samples: [] as number[] })),
  ];
  while (!over.aborted) {
    processes.forEach(({ pid, samples }) => samples.push(residentMib(pid)));
    await delay(SAMPLE_EVERY_MS);
  }
  return processes.map(({ label, samples }) => {
    const length = Math.ceil(samples.length / WINDOWS);
    const windows = Array.from({ length: WINDOWS }, (_, index) =>
      samples.slice(index * length, (index + 1) * length),
    );
    return row([
      `${label}, median / highest`,
      ...windows.map((window) => `${median(window).toFixed(0)} / ${Math.max(...window).toFixed(0)}`),
    ]);
  });
}

/** New bytes each time, at a pace that keeps all uploads open at once. How many were verified. */
async function uploadAgainAndAgain({ client }: Subject, over: AbortSignal): Promise<number> {
  let done = 0;
  while (!over.aborted) {
    const bytes = randomBytes(UPLOAD_BYTES);
    await client.uploadPaced(bytes, await describeSource(bytes), UPLOAD_BYTES_PER_SECOND);
    done += 1;
  }
  return done;
}
