import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../fixtures/requirement.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { buildTestImages } from '../fixtures/test-images.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

describeWith(['virt-builder', 'images'], 'virt-builder', () => {
  let service: RunningService;
  let publisher: PublisherClient;

  beforeAll(async () => {
    service = await startService();
    publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
  }, 120_000);

  afterAll(() => service.stop(), 60_000);

  /** Runs it with the service as its only repository and a home that it has never used. */
  async function virtBuilder(...args: string[]): Promise<string> {
    const home = await createTemporaryFolder('virt-builder');
    try {
      const repositories = join(home.path, 'virt-builder', 'repos.d');
      await mkdir(repositories, { recursive: true });
      await writeFile(
        join(repositories, 'imgsrv.conf'),
        `[imgsrv]\nuri=${service.baseUrl}/\nformat=simplestreams\n`,
      );
      const { stdout } = await run('virt-builder', [...args, '--no-cache', '--no-check-signature'], {
        env: {
          PATH: process.env.PATH,
          HOME: home.path,
          XDG_CONFIG_HOME: home.path,
          XDG_CONFIG_DIRS: home.path,
        },
      });
      return stdout;
    } finally {
      await home.remove();
    }
  }

  async function publish(image: string, format: 'qcow2' | 'squashfs'): Promise<void> {
    const { virtualMachine, containerV1 } = await buildTestImages();
    const [root, split] =
      format === 'qcow2'
        ? [await readFile(virtualMachine.qcow2), virtualMachine]
        : [await readFile(containerV1.squashfs), containerV1];
    await publisher.createImage(image);
    await publisher.createVersion(image, 'v1');
    const blob = await publisher.uploadFile(Buffer.concat([root, Buffer.from(image.padEnd(512, '.'))]));
    const { id } = await publisher.addArtifact(image, 'v1', { format, blob });
    for (const [name, file] of [
      ['incus.tar.xz', split.incusTarXz],
      ['lxd.tar.xz', split.lxdTarXz],
    ] as const) {
      await publisher.addAttachment(image, 'v1', id, { name, blob: await publisher.uploadFile(file) });
    }
    await publisher.publish(image, 'v1');
  }

  it('lists each virtual machine by its public name, containers beside them or not', async () => {
    await publish('box', 'squashfs');
    await publish('disk', 'qcow2');
    await publish('other-disk', 'qcow2');
    const names = (await virtBuilder('--list')).split('\n').flatMap((line) => line.split(/\s+/)[0] ?? []);
    expect([...new Set(names.filter((name) => name !== ''))].sort()).toEqual([
      expect.stringMatching(/^disk-v1-/),
      expect.stringMatching(/^other-disk-v1-/),
    ]);
  }, 120_000);
});
