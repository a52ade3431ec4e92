import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../fixtures/requirement.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { buildTestImages, imageArchitecture } from '../fixtures/test-images.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

describeWith(['virt-builder', 'images'], 'virt-builder', () => {
  let service: RunningService | undefined;
  let publisher: PublisherClient;

  beforeAll(async () => {
    service = await startService();
    publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
  }, 120_000);

  afterAll(async () => {
    await service?.stop();
  }, 60_000);

  const served = (): RunningService => {
    if (service === undefined) throw new Error('the service did not start');
    return service;
  };

  /** Runs it with the service as its only repository and a home that it has never used. */
  async function virtBuilder(...args: string[]): Promise<string> {
    const home = await createTemporaryFolder('virt-builder');
    try {
      const repositories = join(home.path, 'virt-builder', 'repos.d');
      await mkdir(repositories, { recursive: true });
      await writeFile(
        join(repositories, 'imgsrv.conf'),
        `[imgsrv]\nuri=${served().baseUrl}/\nformat=simplestreams\n`,
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

  it('lists the virtual machines of each client by their public name, and no containers', async () => {
    await publish('box', 'squashfs');
    await publish('disk', 'qcow2');
    await publish('other-disk', 'qcow2');
    const listed = (await virtBuilder('--list', '--list-format', 'json')).trim();
    const { templates } = JSON.parse(listed) as {
      templates: { 'os-version': string; 'full-name': string }[];
    };
    expect(templates.map((template) => template['full-name']).sort()).toEqual(
      ['disk', 'disk', 'other-disk', 'other-disk'].map((image) => `${image}-v1-${imageArchitecture.incus}`),
    );
    expect(new Set(templates.map((template) => template['os-version'])).size).toBe(4);
  }, 120_000);
});
