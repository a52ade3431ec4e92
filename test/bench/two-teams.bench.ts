import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { getUrl } from '../support/http-client.js';
import { type RunningService, startService } from '../support/service.js';
import { someSquashfs } from './catalogue.js';
import { HostileTeam, type Prey } from './hostile-team.js';
import { median, print, row } from './samples.js';

const PUBLISH_EVERY_MS = 5000;
const LOOK_EVERY_MS = 10;

/**
 * What a hostile team costs its neighbour: one team publishes every five seconds, first alone, then while another one does
 * everything it can against it. `npm run bench -- two-teams [minutes with] [minutes alone] [loops]`, default 10, 2 and 1.
 */
export async function run([
  minutesWith = '10',
  minutesAlone = '2',
  loops = '1',
]: readonly string[]): Promise<void> {
  const service = await startService({ flags: ['--failed-auth-limit', '30'] });
  try {
    const good = await enroll(service, 'good-');
    const alone = await publishSteadily(service, good, Number(minutesAlone), 'alone');
    const hostile = new HostileTeam(
      service.baseUrl,
      await enroll(service, 'evil-'),
      'evil-',
      await layOut(good),
    );
    const stop = new AbortController();
    const attacking = hostile.attackUntil(stop.signal, Number(loops));
    const beside = await publishSteadily(service, good, Number(minutesWith), 'beside');
    stop.abort();
    const figures = await attacking;
    print(
      [
        row(['one team publishes every 5 s', 'publishes', 'median ms', 'slowest ms', 'slowest ratio']),
        '|---|---|---|---|---|',
        resultRow('alone', alone, alone),
        resultRow('beside a hostile team', beside, alone),
      ].join('\n'),
    );
    print(
      [
        row(['attack', 'runs', 'refused']),
        '|---|---|---|',
        ...Object.entries(figures.runs).map(([name, runs]) =>
          row([name, String(runs), String(figures.refused[name] ?? 0)]),
        ),
        row(['reads of the secret that gave bytes', String(figures.stolen), '']),
      ].join('\n'),
    );
  } finally {
    await service.stop();
  }
}

function enroll({ baseUrl, bootstrapToken }: RunningService, prefix: string): Promise<PublisherClient> {
  return PublisherClient.enroll({ baseUrl }, bootstrapToken, [`${prefix}*`]);
}

/** A secret and a published image that the hostile team knows of. */
async function layOut(good: PublisherClient): Promise<Prey> {
  const secret = await good.uploadFile(randomBytes(2 ** 16));
  const publishedRoot = someSquashfs();
  const publishedMetadata = readRealArchive('split');
  await publish(good, 'good-prey', publishedRoot);
  return { secret, publishedRoot, publishedMetadata };
}

async function publish(good: PublisherClient, image: string, root: Buffer): Promise<void> {
  await good.createImage(image);
  await good.createVersion(image, '1.0');
  const blob = await good.uploadFile(root);
  const { id } = await good.addArtifact(image, '1.0', { format: 'squashfs', blob });
  const metadata = await good.uploadFile(readRealArchive('split'));
  await good.addAttachment(image, '1.0', id, { name: 'incus.tar.xz', blob: metadata });
  await good.publish(image, '1.0');
}

/** Milliseconds from the begin of the upload until Simple Streams shows the image, of each publish. */
async function publishSteadily(
  service: RunningService,
  good: PublisherClient,
  minutes: number,
  label: string,
): Promise<number[]> {
  const milliseconds: number[] = [];
  const endAtMs = performance.now() + minutes * 60_000;
  for (let count = 0; performance.now() < endAtMs; count += 1) {
    const startedAtMs = performance.now();
    const image = `good-${label}-${String(count).padStart(5, '0')}`;
    await publish(good, image, someSquashfs());
    await untilShown(service, image);
    milliseconds.push(performance.now() - startedAtMs);
    await delay(Math.max(0, PUBLISH_EVERY_MS - (performance.now() - startedAtMs)));
  }
  return milliseconds;
}

async function untilShown({ baseUrl }: RunningService, image: string): Promise<void> {
  for (;;) {
    const { bytes: body } = await getUrl(`${baseUrl}/streams/v1/images.json`);
    if (body.includes(image)) {
      return;
    }
    await delay(LOOK_EVERY_MS);
  }
}

function resultRow(label: string, values: readonly number[], alone: readonly number[]): string {
  const slowest = Math.max(...values);
  return row([
    label,
    String(values.length),
    median(values).toFixed(0),
    slowest.toFixed(0),
    (slowest / Math.max(...alone)).toFixed(2),
  ]);
}
