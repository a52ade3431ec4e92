import { readFile } from 'node:fs/promises';
import { describeWith } from '../fixtures/requirement.js';
import { describeImageClient } from './image-client.contract.js';
import { fingerprintOfBytes, withFreshClient } from './image-client.js';
import { freshImageName, prepareImage, publishImage } from './published-images.js';
import { serveImages } from './served-images.js';

describeWith(['incus', 'images'], 'the incus client', () => {
  const served = serveImages();

  describeImageClient(
    {
      command: 'incus',
      metadataName: 'incus.tar.xz',
      foreignMetadataName: 'lxd.tar.xz',
      ownAddress: '127.0.0.2',
    },
    served,
  );

  it('exports a unified image byte for byte', async () => {
    const { publisher, files, remote } = served();
    const name = freshImageName('unified');
    const bytes = await readFile(files.unified);
    await publisher.createImage(name);
    await publisher.createVersion(name, 'v1');
    await publisher.addArtifact(name, 'v1', {
      format: 'incus.tar.gz',
      blob: await publisher.uploadFile(files.unified),
    });
    await publisher.publish(name, 'v1');
    await served().waitUntilServed(`${name}/v1`);
    await withFreshClient('incus', remote, async (client) => {
      expect(await client.fingerprintOf(name)).toBe(fingerprintOfBytes(bytes));
      const exported = await client.exportImage(name);
      expect(exported).toHaveLength(1);
      expect(exported[0]?.bytes.equals(bytes)).toBe(true);
    });
  });

  it('finds a unified image again that was exported and published as it is', async () => {
    const { publisher, files, remote } = served();
    const [name, again] = [freshImageName('unified'), freshImageName('again')];
    const publishUnified = async (image: string, source: string | Buffer): Promise<void> => {
      await publisher.createImage(image);
      await publisher.createVersion(image, 'v1');
      const blob = await publisher.uploadFile(source);
      await publisher.addArtifact(image, 'v1', { format: 'incus.tar.gz', blob });
      await publisher.publish(image, 'v1');
      await served().waitUntilServed(`${image}/v1`);
    };
    await publishUnified(name, files.unified);
    const [exported] = await withFreshClient('incus', remote, (client) => client.exportImage(name));
    const bytes = exported?.bytes ?? Buffer.alloc(0);
    await publishUnified(again, bytes);
    await withFreshClient('incus', remote, async (client) => {
      expect(await client.fingerprintOf(again)).toBe(fingerprintOfBytes(bytes));
      const [listed] = (await client.listImages()).filter(({ aliases }) => aliases.includes(`${again}/v1`));
      expect(listed?.properties).toMatchObject({ os: 'Tiny' });
    });
  });

  it('does not list a root without metadata', async () => {
    const { publisher, files, remote } = served();
    const [bare, listed] = [freshImageName('bare'), freshImageName('listed')];
    await publisher.createImage(bare);
    await publisher.createVersion(bare, 'v1');
    await publisher.addArtifact(bare, 'v1', {
      format: 'squashfs',
      blob: await publisher.uploadFile(files.containerV2.squashfs),
    });
    await publisher.publish(bare, 'v1');
    await publishImage(served(), listed, 'v1', await prepareImage(files, 'squashfs', 'incus.tar.xz'));
    await withFreshClient('incus', remote, async (client) => {
      const aliases = (await client.listImages()).flatMap((image) => image.aliases);
      expect(aliases).toContain(`${listed}/v1`);
      expect(aliases.filter((alias) => alias.startsWith(bare))).toEqual([]);
    });
  });

  it('does not talk to a service whose certificate it does not know', async () => {
    const { baseUrl } = served().remote;
    await expect(withFreshClient('incus', { baseUrl }, (client) => client.listImages())).rejects.toThrow(
      /certificate/,
    );
  });
});
