import { readFile } from 'node:fs/promises';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { buildTestImages } from '../fixtures/test-images.js';
import { startService } from '../support/service.js';
import type { Surroundings } from './page-commands.js';

/** A running service as a page expects it, and who its reader is. */
export interface PageService {
  readonly variables: Surroundings['variables'];
  /** The service's certificate, when it serves https. */
  readonly certificateFile?: string;
  stop(): Promise<void>;
}

/** Readers of consumer pages find `debian` published; those of Incus and LXD find https, without which these do not come. */
export async function startPageService(page: string): Promise<PageService> {
  const service = await startService({ tls: /\/(incus|lxd)\.md$/.test(page) });
  try {
    const { baseUrl, bootstrapToken, certificateFile } = service;
    const ca = certificateFile === undefined ? {} : { ca: await readFile(certificateFile, 'utf8') };
    const publisher = await PublisherClient.enroll({ baseUrl, ...ca }, bootstrapToken);
    if (page.startsWith('docs/consumers/')) {
      await publishDebian(publisher);
    }
    return {
      variables: {
        IMGSRV_URL: baseUrl,
        IMGSRV_TOKEN: publisher.token,
        IMGSRV_ADMIN_TOKEN: bootstrapToken,
      },
      ...(certificateFile === undefined ? {} : { certificateFile }),
      stop: () => service.stop(),
    };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

/** A virtual machine and a container, for Incus and LXD, with the alias `latest`. */
async function publishDebian(publisher: PublisherClient): Promise<void> {
  const { containerV1, virtualMachine } = await buildTestImages();
  const roots = [
    { format: 'qcow2', root: virtualMachine.qcow2, metadata: virtualMachine },
    { format: 'squashfs', root: containerV1.squashfs, metadata: containerV1 },
  ];
  await publisher.createImage('debian', { display_name: 'Debian' });
  await publisher.createVersion('debian', '12.1');
  for (const { format, root, metadata } of roots) {
    const blob = await publisher.uploadFile(root);
    const { id } = await publisher.addArtifact('debian', '12.1', {
      operatingSystem: 'debian',
      format,
      blob,
    });
    for (const [name, file] of [
      ['incus.tar.xz', metadata.incusTarXz],
      ['lxd.tar.xz', metadata.lxdTarXz],
    ] as const) {
      await publisher.addAttachment('debian', '12.1', id, { name, blob: await publisher.uploadFile(file) });
    }
  }
  await publisher.publish('debian', '12.1');
  await publisher.setAlias('debian', 'latest', '12.1');
}
