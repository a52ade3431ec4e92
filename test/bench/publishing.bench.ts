import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { getUrl } from '../support/http-client.js';
import { prepareImage, publishImages } from './catalogue.js';
import { percentile, print, row } from './samples.js';
import { onStage, type Stage, type Subject } from './stage.js';

const LOOK_EVERY_MS = 5;

/**
 * How long after a publish was asked for it shows in Simple Streams, in a catalogue of some size.
 * `npm run bench -- publishing [publishes] [images]`, default 100 and 200.
 */
export async function run([publishes = '100', images = '200']: readonly string[]): Promise<void> {
  await onStage((stage) => measurePublishing(stage, Number(publishes), Number(images)));
}

export async function measurePublishing(
  { subjects }: Stage,
  publishes: number,
  images: number,
): Promise<void> {
  const rows: string[] = [];
  for (const subject of subjects) {
    await publishImages(subject, images);
    const metadata = await subject.publisher.uploadFile(readRealArchive('split'));
    const milliseconds: number[] = [];
    for (let count = 0; count < publishes; count += 1) {
      const name = `visible-${String(count).padStart(5, '0')}`;
      await prepareImage(subject, name, metadata);
      milliseconds.push(await timeUntilVisible(subject, name));
    }
    const at = (share: number) => percentile(milliseconds, share).toFixed(0);
    rows.push(row([subject.label, at(0.5), at(0.99), at(1)]));
  }
  print(
    [
      row([`publish to visible, beside ${images} images`, 'p50 ms', 'p99 ms', 'slowest ms']),
      '|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}

async function timeUntilVisible({ service, publisher }: Subject, name: string): Promise<number> {
  const url = `${service.baseUrl}/streams/v1/images.json`;
  const startedAtMs = performance.now();
  await publisher.call('POST', `/v1/images/${name}/versions/1.0/publish`);
  let etag = '';
  for (;;) {
    const { status, bytes, headers } = await getUrl(url, etag === '' ? {} : { 'if-none-match': etag });
    if (status === 200 && bytes.includes(name)) {
      return performance.now() - startedAtMs;
    }
    etag = headers.etag ?? '';
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
