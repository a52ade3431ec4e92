import { randomBytes } from 'node:crypto';
import { buildTestImages, type TestImages } from '../fixtures/test-images.js';
import type { PublisherClient } from '../fixtures/publisher-client.js';

interface DemoImage {
  readonly name: string;
  readonly display_name?: string;
  readonly description?: string;
  readonly versions: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
}

const IMAGES: readonly DemoImage[] = [
  {
    name: 'debian',
    display_name: 'Debian GNU/Linux',
    description:
      'The universal operating system, with cloud-init and the security updates of the day it was built.',
    versions: ['12.11', '13.0', '13.1'],
    aliases: { latest: '13.1', stable: '13.1', oldstable: '12.11' },
  },
  {
    name: 'alpine',
    display_name: 'Alpine Linux',
    description: 'Small, simple, secure. A root file system of a few megabytes for containers.',
    versions: ['3.22.1'],
    aliases: { latest: '3.22.1', edge: '3.22.1' },
  },
  {
    name: 'build-agent',
    description:
      'What pipelines of the platform team run on: a container runtime, git and the compilers of this quarter.',
    versions: ['2026.08.14', '2026.09.01'],
    aliases: { latest: '2026.09.01' },
  },
  {
    name: 'edge-gateway-firmware',
    display_name: 'Edge gateway firmware',
    versions: ['7.4.0-rc.2'],
    aliases: {},
  },
  {
    name: 'ubuntu',
    display_name: 'Ubuntu Server',
    description: 'Ubuntu Server with long-term support.',
    versions: ['24.04.3'],
    aliases: { latest: '24.04.3', lts: '24.04.3', noble: '24.04.3' },
  },
];

const METADATA = {
  notes:
    'Kernel 6.12.43 and OpenSSL 3.5.2.\n\n- cloud-init waits for the network no longer\n- the root file system grows at first boot',
  end_of_life: '2030-06-30',
  labels: { 'build.team': 'platform', tier: 'base' },
  source: { repository: 'https://git.example/platform/debian-image', commit: '4f8c2e1' },
};

/** Publishes images as a small team has them, and leaves a draft, an upload and a failed publish behind. */
export async function fillDemoCatalogue(publisher: PublisherClient): Promise<void> {
  const files = await buildTestImages();
  for (const [index, { name, aliases, versions, ...texts }] of IMAGES.entries()) {
    await publisher.createImage(name, texts);
    for (const version of versions) {
      await declareVersion(publisher, name, version, files, index);
      await publisher.call('PATCH', `/v1/images/${name}/versions/${version}`, METADATA);
      await publisher.publish(name, version);
    }
    for (const [alias, version] of Object.entries(aliases)) {
      await publisher.setAlias(name, alias, version);
    }
  }
  await publisher.call('POST', '/v1/images/debian/versions/13.0/deprecation', {
    reason: 'Its kernel has a known weakness.',
    successor: '13.1',
  });
  await declareVersion(publisher, 'debian', '13.2-rc.1', files, 0);
  await failPublish(publisher);
  await beginUpload(publisher);
}

async function declareVersion(
  publisher: PublisherClient,
  image: string,
  version: string,
  files: TestImages,
  index: number,
): Promise<void> {
  await publisher.createVersion(image, version);
  const { containerV1, virtualMachine } = files;
  if (index !== 3) {
    const root = await publisher.uploadFile(containerV1.squashfs);
    const { id } = await publisher.addArtifact(image, version, { format: 'squashfs', blob: root });
    const metadata = await publisher.uploadFile(containerV1.incusTarXz);
    await publisher.addAttachment(image, version, id, { name: 'incus.tar.xz', blob: metadata });
  }
  if (index % 2 === 0) {
    const disk = await publisher.uploadFile(virtualMachine.qcow2);
    const { id } = await publisher.addArtifact(image, version, { format: 'qcow2', blob: disk });
    for (const [name, path] of [
      ['incus.tar.xz', virtualMachine.incusTarXz],
      ['lxd.tar.xz', virtualMachine.lxdTarXz],
    ] as const) {
      const metadata = await publisher.uploadFile(path);
      await publisher.addAttachment(image, version, id, { name, blob: metadata });
    }
  }
  if (index === 3) {
    const disk = await publisher.uploadFile(randomBytes(3 * 2 ** 20));
    await publisher.addArtifact(image, version, { format: 'raw', architecture: 'aarch64', blob: disk });
  }
}

async function failPublish(publisher: PublisherClient): Promise<void> {
  await publisher.createVersion('ubuntu', '26.04');
  const disk = await publisher.uploadFile(
    Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), randomBytes(4096)]),
  );
  await publisher.addArtifact('ubuntu', '26.04', { format: 'raw', blob: disk });
  await publisher.publish('ubuntu', '26.04').catch(() => undefined);
}

async function beginUpload(publisher: PublisherClient): Promise<void> {
  const bytes = randomBytes(6 * 2 ** 20);
  const { id } = await publisher.call<{ id: string }>('POST', '/v1/uploads', {
    expected_digest: `sha256:${'5f'.repeat(32)}`,
    expected_size_bytes: 14 * 2 ** 20,
    filename_hint: 'debian-13.2-amd64.qcow2',
  });
  await publisher.http.send('PUT', `/v1/uploads/${id}/parts/1`, {
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length) },
    body: bytes,
  });
}
