import { Agent, request } from 'node:http';
import { randomBytes, randomUUID } from 'node:crypto';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { startService } from '../support/service.js';
import { percentile, print, row } from './samples.js';

/** Requests that are not counted. */
const WARM_UP = 500;

/**
 * Whether the time of an answer tells a private image from one that is not there: the same requests for either, and, to tell noise
 * from a difference, for another one that is not there, each in turn on one connection.
 * `npm run bench -- absent-or-forbidden [requests]`, default 10,000 of each.
 */
export async function run([requests = '10000']: readonly string[]): Promise<void> {
  const service = await startService();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
    const [hidden, absent, other] = [0, 1, 2].map(() => `image-${randomUUID()}`);
    const bytes = randomBytes(5000);
    const blob = await publisher.uploadFile(bytes);
    await publisher.call('POST', '/v1/images', { name: hidden, visibility: 'private' });
    await publisher.createVersion(hidden ?? '', '1');
    const { id } = await publisher.addArtifact(hidden ?? '', '1', { format: 'raw', blob });
    await publisher.publish(hidden ?? '', '1');
    await publisher.setAlias(hidden ?? '', 'latest', '1');
    const digest = (seed: string): string => `sha256:${seed.repeat(64)}`;
    const routes: readonly (readonly [string, (name: string, digest: string) => string])[] = [
      ['an image', (name) => `/v1/images/${name}`],
      ['versions', (name) => `/v1/images/${name}/versions`],
      ['a manifest', (name) => `/v1/images/${name}/versions/1`],
      ['an alias', (name) => `/v1/images/${name}/refs/latest`],
      ['a download', (name) => `/v1/images/${name}/versions/1/artifacts/${id}/download`],
      ['a blob', (_, ofBlob) => `/v1/blobs/${ofBlob}`],
    ];
    const header = ['', 'private, median', 'absent', 'difference', 'of two absent', 'guessed right'];
    const rows = [row(header), row(header.map(() => '---'))];
    for (const [label, path] of routes) {
      const targets = [
        path(hidden ?? '', blob.digest),
        path(absent ?? '', digest('0')),
        path(other ?? '', digest('1')),
      ];
      const times = await timeInTurn(service.baseUrl, agent, targets, Number(requests));
      const [forbidden = [], none = [], another = []] = times;
      rows.push(
        row([
          label,
          micros(percentile(forbidden, 0.5)),
          micros(percentile(none, 0.5)),
          micros(percentile(forbidden, 0.5) - percentile(none, 0.5)),
          micros(percentile(another, 0.5) - percentile(none, 0.5)),
          `${(guessedRight(forbidden, none) * 100).toFixed(1)} % (two absent: ${(guessedRight(another, none) * 100).toFixed(1)} %)`,
        ]),
      );
    }
    print(rows.join('\n'));
  } finally {
    agent.destroy();
    await service.stop();
  }
}

/** The times of `count` requests of each target, in milliseconds; the order changes from round to round. */
async function timeInTurn(
  baseUrl: string,
  agent: Agent,
  targets: readonly string[],
  count: number,
): Promise<number[][]> {
  const times = targets.map(() => [] as number[]);
  for (let round = 0; round < count + WARM_UP; round += 1) {
    for (let turn = 0; turn < targets.length; turn += 1) {
      const index = (round + turn) % targets.length;
      const begun = performance.now();
      const status = await get(`${baseUrl}${targets[index] ?? ''}`, agent);
      const took = performance.now() - begun;
      if (status !== 404) throw new Error(`${targets[index] ?? ''} was answered with ${status}`);
      if (round >= WARM_UP) times[index]?.push(took);
    }
  }
  return times;
}

async function get(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (incoming) => {
      incoming.resume();
      incoming.once('end', () => {
        resolve(incoming.statusCode ?? 0);
      });
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/**
 * How often somebody is right who takes the slower one of a pair, one time of each, for the private one: the area under the ROC
 * curve. 0.5 is a coin.
 */
function guessedRight(forbidden: readonly number[], absent: readonly number[]): number {
  const sorted = [...absent].sort((a, b) => a - b);
  let below = 0;
  for (const time of forbidden) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    below += low;
  }
  return below / (forbidden.length * absent.length);
}

function micros(ms: number): string {
  return `${(ms * 1000).toFixed(0)} µs`;
}
