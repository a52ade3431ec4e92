import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';

const run = promisify(execFile);
let service: RunningService;
let url: string;

/** Numbers of descriptors from `count` on are no longer given to the api. */
async function limitTo(count: number): Promise<void> {
  await run('prlimit', [`--pid=${service.apis[0]?.pid ?? ''}`, `--nofile=${count}:4096`]);
}

/** The number that the next descriptor gets: the lowest that is free. */
async function nextNumber(): Promise<number> {
  const taken = new Set((await readdir(`/proc/${service.apis[0]?.pid ?? ''}/fd`)).map(Number));
  return Array.from({ length: taken.size + 1 }, (_, number) => number).findIndex((n) => !taken.has(n));
}

/** On the one connection of `agent`, which was opened while there were descriptors. */
function status(agent: Agent, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(target, { agent }, (response) => {
      response.resume().once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    }).once('error', reject);
  });
}

beforeAll(async () => {
  service = await startService();
  const publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
  const blob = await publisher.uploadFile(Buffer.from('\0bytes of a disk\0'));
  await publisher.createImage('disk');
  await publisher.createVersion('disk', '1');
  const { id } = await publisher.addArtifact('disk', '1', { format: 'raw', blob });
  await publisher.publish('disk', '1');
  url = `${service.baseUrl}/v1/images/disk/versions/1/artifacts/${id}/download`;
}, 60_000);
afterAll(() => service.stop());

it('an api out of file descriptors answers 503, goes on, and recovers', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await status(agent, url)).toBe(200);
  // The file of a download stays open for a second.
  await delay(1500);
  await limitTo(await nextNumber());
  expect(await status(agent, url)).toBe(503);
  expect(await status(agent, `${service.baseUrl}/healthz`)).toBe(204);
  expect(service.apis[0]?.stderr).toContain('EMFILE');
  await limitTo(4096);
  await waitFor(async () => (await status(agent, url)) === 200, { what: 'the download' });
  agent.destroy();
});
