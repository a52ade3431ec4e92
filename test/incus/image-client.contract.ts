import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { imageArchitecture } from '../fixtures/test-images.js';
import { describeWith } from '../fixtures/requirement.js';
import { metadataArchive } from '../fixtures/metadata-archive.js';
import { waitFor } from '../support/wait-for.js';
import {
  fingerprintOfBytes,
  withFreshClient,
  type ImageClient,
  type ImageClientCommand,
  type Lookup,
} from './image-client.js';
import {
  draftVersion,
  freshImageName,
  prepareImage,
  publishImage,
  publishVersion,
  type MetadataName,
  type PreparedImage,
} from './published-images.js';
import { RecordingProxy } from './recording-proxy.js';
import type { ServedImages } from './served-images.js';

export interface ImageClientFlavour {
  readonly command: ImageClientCommand;
  /** The attachment that shows a root to this client, and the one that is for the other client. */
  readonly metadataName: MetadataName;
  readonly foreignMetadataName: MetadataName;
  /** An address of this machine that no other suite listens on. */
  readonly ownAddress: string;
}

/** What both clients must be able to do with published images. Each test has bytes and names of its own. */
export function describeImageClient(flavour: ImageClientFlavour, served: () => ServedImages): void {
  const { command, metadataName, foreignMetadataName, ownAddress } = flavour;

  const prepare = (format: PreparedImage['format']): Promise<PreparedImage> =>
    prepareImage(served().files, format, metadataName);

  const asFreshClient = <Result>(use: (client: ImageClient) => Promise<Result>): Promise<Result> =>
    withFreshClient(command, served().remote, use);

  const fingerprintOf = (reference: string, lookup?: Lookup): Promise<string> =>
    asFreshClient((client) => client.fingerprintOf(reference, lookup));

  const expectIntactExport = async (
    reference: string,
    image: PreparedImage,
    lookup?: Lookup,
  ): Promise<void> => {
    const files = await asFreshClient((client) => client.exportImage(reference, lookup));
    expect(files.map(({ bytes }) => fingerprintOfBytes(bytes))).toEqual([
      fingerprintOfBytes(image.metadata),
      fingerprintOfBytes(image.root),
    ]);
    expect(fingerprintOfBytes(...files.map(({ bytes }) => bytes))).toBe(image.fingerprint);
  };

  it('lists a container and a virtual machine with their fingerprints, types and aliases', async () => {
    const name = freshImageName('listed');
    const [container, machine] = [await prepare('squashfs'), await prepare('qcow2')];
    await publishImage(served(), name, 'v1', container, machine);
    const listed = await asFreshClient((client) => client.listImages());
    for (const [image, type] of [
      [container, 'container'],
      [machine, 'virtual-machine'],
    ] as const) {
      expect(listed.filter(({ fingerprint }) => fingerprint === image.fingerprint)).toEqual([
        expect.objectContaining({
          type,
          architecture: imageArchitecture.kernel,
          size: image.metadata.length + image.root.length,
          aliases: expect.arrayContaining([
            name,
            `${name}/v1`,
            `${name}/v1/${imageArchitecture.incus}`,
          ]) as string[],
          properties: expect.objectContaining({ os: 'Tiny', release: 'one' }) as object,
        }),
      ]);
    }
  });

  it('finds an image by its name, version, alias and fingerprint', async () => {
    const name = freshImageName('found');
    const container = await prepare('squashfs');
    await publishImage(served(), name, 'v1', container);
    await served().publisher.setAlias(name, 'stable', 'v1');
    await served().waitUntilServed(`${name}/stable`);
    for (const reference of [
      name,
      `${name}/v1`,
      `${name}/stable`,
      `${name}/stable/${imageArchitecture.incus}`,
      container.fingerprint,
    ]) {
      expect([reference, await fingerprintOf(reference)]).toEqual([reference, container.fingerprint]);
    }
  });

  it('says that an image is deprecated, and exports it all the same', async () => {
    const name = freshImageName('deprecated');
    const container = await prepare('squashfs');
    await publishImage(served(), name, 'v1', container);
    const path = `/v1/images/${name}/versions/v1/deprecation`;
    await served().publisher.call('POST', path, { reason: 'old' });
    const listed = await asFreshClient((client) => client.listImages());
    const [image] = listed.filter(({ fingerprint }) => fingerprint === container.fingerprint);
    expect(image?.properties).toMatchObject({
      label: 'deprecated',
      description: expect.stringContaining('(deprecated)') as string,
    });
    await expectIntactExport(`${name}/v1`, container);
  });

  it.each(['squashfs', 'rootfs.tar.xz'] as const)('exports a %s container byte for byte', async (format) => {
    const name = freshImageName('exported');
    const container = await prepare(format);
    await publishImage(served(), name, 'v1', container);
    await expectIntactExport(`${name}/v1`, container);
  });

  it('exports a virtual machine byte for byte', async () => {
    const name = freshImageName('machine');
    const machine = await prepare('qcow2');
    await publishImage(served(), name, 'v1', machine);
    await expectIntactExport(`${name}/v1`, machine, { virtualMachine: true });
  });

  it('tells the container and the virtual machine of one version apart', async () => {
    const name = freshImageName('both');
    const [container, machine] = [await prepare('squashfs'), await prepare('qcow2')];
    await publishImage(served(), name, 'v1', container, machine);
    expect(await fingerprintOf(name)).toBe(container.fingerprint);
    expect(await fingerprintOf(name, { virtualMachine: true })).toBe(machine.fingerprint);
  });

  it('gives the squashfs of a container that has a tarball too', async () => {
    const name = freshImageName('roots');
    const [squashfs, tarball] = [await prepare('squashfs'), await prepare('rootfs.tar.xz')];
    await served().publisher.createImage(name);
    await draftVersion(served(), name, 'v1', tarball, squashfs);
    await served().publisher.publish(name, 'v1');
    await served().waitUntilServed(squashfs.fingerprint);
    await expectIntactExport(name, squashfs);
  });

  it('gives the newest version by name and keeps the older one', async () => {
    const name = freshImageName('versions');
    const [older, newer] = [await prepare('squashfs'), await prepare('squashfs')];
    await publishImage(served(), name, 'v1', older);
    await publishVersion(served(), name, 'v2', newer);
    expect(await fingerprintOf(name)).toBe(newer.fingerprint);
    await expectIntactExport(`${name}/v2`, newer);
    await expectIntactExport(`${name}/v1`, older);
  });

  it('keeps a variant apart from the default', async () => {
    const name = freshImageName('variants');
    const [plain, cloud] = [await prepare('squashfs'), { ...(await prepare('squashfs')), variant: 'cloud' }];
    await publishImage(served(), name, 'v1', plain, cloud);
    expect(await fingerprintOf(`${name}/v1`)).toBe(plain.fingerprint);
    await expectIntactExport(`${name}/v1/cloud`, cloud);
  });

  it('exports a version whose name has every character the grammar allows', async () => {
    const name = freshImageName('dots._-in');
    const container = await prepare('squashfs');
    await publishImage(served(), name, '1.0_rc-2+build:3', container);
    await expectIntactExport(`${name}/1.0_rc-2+build:3`, container);
  });

  it('sees an alias move, forwards and back', async () => {
    const name = freshImageName('moved');
    const [older, newer] = [await prepare('squashfs'), await prepare('squashfs')];
    await publishImage(served(), name, 'v1', older);
    await publishVersion(served(), name, 'v2', newer);
    for (const [version, image] of [
      ['v1', older],
      ['v2', newer],
      ['v1', older],
    ] as const) {
      await served().publisher.setAlias(name, 'latest', version);
      await waitFor(async () => (await fingerprintOf(name)) === image.fingerprint);
      expect(await fingerprintOf(`${name}/latest`)).toBe(image.fingerprint);
    }
  });

  it('follows a channel: what its alias names of each image, and the new version once that is promoted', async () => {
    const { publisher, files, remote } = served();
    const name = freshImageName('followed');
    const channel = freshImageName('channel');
    const [first, second] = [
      await prepareImage(files, 'squashfs', metadataName),
      await prepareImage(files, 'squashfs', metadataName),
    ];
    await publishImage(served(), name, 'v1', first);
    await publishVersion(served(), name, 'v2', second);
    await publisher.setAlias(name, 'stable', 'v1');
    await publisher.setAlias(name, 'testing', 'v2');
    await publisher.call('PUT', `/v1/channels/${channel}`, { image_patterns: [name], alias: 'stable' });
    const followed = { ...remote, baseUrl: `${remote.baseUrl}/c/${channel}` };
    await withFreshClient(command, followed, async (client) => {
      expect(await client.fingerprintOf(name)).toBe(first.fingerprint);
      expect((await client.listImages()).map(({ fingerprint }) => fingerprint)).toEqual([first.fingerprint]);
    });
    await publisher.call('POST', `/v1/images/${name}/promotions`, {
      from_alias: 'testing',
      to_alias: 'stable',
    });
    // Clients remember lists for a while.
    await withFreshClient(command, followed, async (client) => {
      expect(await client.fingerprintOf(name)).toBe(second.fingerprint);
      const exported = await client.exportImage(name);
      expect(fingerprintOfBytes(...exported.map(({ bytes }) => bytes))).toBe(second.fingerprint);
    });
  });

  describe('of a private image', () => {
    /** What somebody who may read the image adds as a remote. */
    const asReader = async (name: string): Promise<{ readonly token: string; readonly link: string }> => {
      const { manager } = served();
      const person = await manager.post('/v1/auth/principals', { kind: 'service', display_name: 'site' });
      const path = `/v1/auth/principals/${String(person.members.id)}`;
      expect((await manager.put(`${path}/roles/content-reader`, { image_patterns: [name] })).status).toBe(
        204,
      );
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      const token = await manager.post(`${path}/api-tokens`, { expires_at });
      const link = await manager.post(`${path}/read-links`, { expires_at, image_patterns: [name] });
      return { token: String(token.members.plaintext), link: String(link.members.path) };
    };

    const privateImage = async (): Promise<{ readonly name: string; readonly image: PreparedImage }> => {
      const name = freshImageName('private');
      const image = await prepare('squashfs');
      await publishImage(served(), name, 'v1', image);
      await served().publisher.call('PATCH', `/v1/images/${name}`, { visibility: 'private' });
      return { name, image };
    };

    const read = (baseUrl: string, name: string): Promise<string> =>
      withFreshClient(command, { ...served().remote, baseUrl }, async (client) => {
        const files = await client.exportImage(name);
        return fingerprintOfBytes(...files.map(({ bytes }) => bytes));
      });

    it('sees and exports it by a read link, which shows nothing else', async () => {
      const { name, image } = await privateImage();
      const { baseUrl } = served().remote;
      await expect(read(baseUrl, name)).rejects.toThrow();
      const { link } = await asReader(name);
      expect(await read(`${baseUrl}${link}`, name)).toBe(image.fingerprint);
      const listed = await withFreshClient(
        command,
        { ...served().remote, baseUrl: `${baseUrl}${link}` },
        (client) => client.listImages(),
      );
      expect(listed.map(({ fingerprint }) => fingerprint)).toEqual([image.fingerprint]);
    });

    it('sees and exports it with a token in the address of the remote', async () => {
      const { name, image } = await privateImage();
      const { token } = await asReader(name);
      expect(await read(withUser(new URL(served().remote.baseUrl), token), name)).toBe(image.fingerprint);
    });

    /** What goes over the network while the image is read by a link and by a token. */
    const record = async (
      address: string,
      port: number,
    ): Promise<{ readonly sent: readonly Buffer[]; readonly secrets: readonly string[] }> => {
      const { name, image } = await privateImage();
      const { token, link } = await asReader(name);
      const proxy = await RecordingProxy.start(served().remote.baseUrl, address, port);
      try {
        expect(await read(`${proxy.url.origin}${link}`, name)).toBe(image.fingerprint);
        expect(await read(withUser(proxy.url, token), name)).toBe(image.fingerprint);
      } finally {
        await proxy.close();
      }
      const basic = Buffer.from(`site:${token}`).toString('base64');
      return { sent: proxy.sent, secrets: [link, token, basic] };
    };

    describeWith('root', 'at port 443 of an address that has nothing at port 80', () => {
      it('sends neither link nor token in clear', async () => {
        const { sent, secrets } = await record(ownAddress, 443);
        const beginnings = new Set(sent.map((bytes) => bytes.subarray(0, 2).toString('hex')));
        expect(beginnings).toEqual(new Set(['1603']));
        expect(secrets.filter((secret) => Buffer.concat(sent).includes(secret))).toEqual([]);
      });
    });

    // What the documentation warns of; clients that mend it should be noticed.
    it('tries another port of the remote without TLS first, and says link and token there', async () => {
      const { sent, secrets } = await record('127.0.0.1', 0);
      const [link, , basic] = secrets;
      const clear = sent.filter((bytes) => bytes.toString('latin1').startsWith('GET ')).join('');
      expect([clear.includes(`GET ${link ?? ''}/streams/v1/files/`), clear.includes(basic ?? '')]).toEqual([
        true,
        true,
      ]);
      expect(clear).not.toContain('.json');
    });
  });

  it('exports bytes that were published under two names by either of them', async () => {
    const [first, second] = [freshImageName('first'), freshImageName('second')];
    const container = await prepare('squashfs');
    await publishImage(served(), first, 'v1', container);
    await publishImage(served(), second, 'v1', container);
    await served().waitUntilServed(`${second}/v1`);
    await expectIntactExport(`${first}/v1`, container);
    await expectIntactExport(`${second}/v1`, container);
    await expectIntactExport(container.fingerprint, container);
  });

  it('exports bytes that were published again as a newer version', async () => {
    const name = freshImageName('unchanged');
    const container = await prepare('squashfs');
    await publishImage(served(), name, 'v1', container);
    await publishVersion(served(), name, 'v2', container);
    await served().waitUntilServed(`${name}/v2`);
    for (const reference of [`${name}/v1`, `${name}/v2`, name])
      await expectIntactExport(reference, container);
  });

  describe('of two teams with the same bytes', () => {
    const bytesOf = async (metadata: string): Promise<PreparedImage> =>
      prepareImage(served().files, 'squashfs', metadataName, await metadataArchive(metadata));

    const twoTeams = async () => {
      const names = { evil: freshImageName('evil'), good: freshImageName('good') };
      const [evil, good] = await Promise.all([
        served().enrollTeam(names.evil),
        served().enrollTeam(names.good),
      ]);
      await evil.createImage(names.evil);
      await good.createImage(names.good);
      return {
        names,
        evil: async (version: string, image: PreparedImage) => {
          await draftVersion({ publisher: evil }, names.evil, version, image);
          await evil.publish(names.evil, version);
        },
        good: async (version: string, image: PreparedImage) => {
          await draftVersion({ publisher: good }, names.good, version, image);
          await good.publish(names.good, version);
          await served().waitUntilServed(`${names.good}/${version}`);
        },
      };
    };

    it.each([
      ['its content', '\n  os: Tiny\n  release: one', { os: 'Tiny', release: 'one' }],
      ['nobody', ' {}', { os: 'unknown', release: 'unknown' }],
    ])(
      "the first publisher does not label another team's alias (labels of %s)",
      async (_, properties, expected) => {
        const { names, evil, good } = await twoTeams();
        const image = await bytesOf(
          `architecture: ${imageArchitecture.kernel}\ncreation_date: 1767225600\nproperties:${properties}\n`,
        );
        await evil('6.6.6', { ...image, operatingSystem: 'EvilOS', variant: 'evil' });
        await good('1.0', { ...image, operatingSystem: 'GoodOS' });
        const found = await asFreshClient(async (client) => ({
          list: await client.listImages(),
          files: await client.exportImage(`${names.good}/1.0`),
        }));
        const listed = found.list.filter(({ fingerprint }) => fingerprint === image.fingerprint);
        expect(listed).toHaveLength(1);
        expect(listed[0]?.properties).toMatchObject({ ...expected, variant: 'default' });
        expect(JSON.stringify(listed[0]?.properties)).not.toMatch(/evil|6\.6\.6/i);
        expect(listed[0]?.aliases).toEqual(expect.arrayContaining([`${names.good}/1.0`]));
        expect(found.files.map(({ name }) => name).join()).not.toMatch(/evil|good|6\.6\.6/i);
        expect(fingerprintOfBytes(...found.files.map(({ bytes }) => bytes))).toBe(image.fingerprint);
      },
    );

    it("a wrong architecture does not hide another team's image", async () => {
      const { names, evil, good } = await twoTeams();
      const image = await bytesOf(`architecture: ${imageArchitecture.kernel}\ncreation_date: 1767225600\n`);
      await expect(evil('6.6.6', { ...image, architecture: 'riscv64' })).rejects.toThrow(
        `declared for riscv64, but its metadata.yaml says ${imageArchitecture.kernel}`,
      );
      await good('1.0', image);
      await expectIntactExport(`${names.good}/1.0`, image);
      await expectIntactExport(names.good, image);
    });
  });

  it('shows when an image was created and when it expires', async () => {
    const name = freshImageName('dated');
    const metadata = `architecture: ${imageArchitecture.kernel}\ncreation_date: 1735084800\nexpiry_date: 1924991999\n`;
    const image = await prepareImage(
      served().files,
      'squashfs',
      metadataName,
      await metadataArchive(metadata),
    );
    await publishImage(served(), name, 'v1', image);
    const info = await asFreshClient((client) => client.run('image', 'info', `img:${name}/v1`));
    expect(info).toMatch(/Created: 2024\/12\/25/);
    expect(info).toMatch(/Expires: 2030\/12\/31/);
  });

  it.each([
    ['qcow2', 'virtual-machine'],
    ['squashfs', 'container'],
    ['rootfs.tar.xz', 'container'],
  ] as const)('shows and exports a plain %s, whose metadata the service makes', async (format, type) => {
    const name = freshImageName('plain');
    const { root } = await prepare(format);
    const incus = {
      ...{ os: 'Tiny: "Linux"', release: 'no', description: 'Ünïx - a \\ test #1' },
      ...{ requirements: { secureboot: 'false' }, properties: { name: 'tiny-plain' } },
    };
    const { publisher } = served();
    await publisher.createImage(name);
    await publisher.createVersion(name, 'v1');
    const blob = await publisher.uploadFile(root);
    await publisher.addArtifact(name, 'v1', { format, blob, incus });
    await publisher.publish(name, 'v1');
    await served().waitUntilServed(`${name}/v1`);
    const lookup = { virtualMachine: type === 'virtual-machine' };
    const seen = await asFreshClient(async (client) => ({
      info: await client.run('image', 'info', `img:${name}`, ...(lookup.virtualMachine ? ['--vm'] : [])),
      list: await client.listImages(),
      files: await client.exportImage(name, lookup),
    }));
    const fingerprint = fingerprintOfBytes(...seen.files.map(({ bytes }) => bytes));
    expect(seen.info).toContain(`Fingerprint: ${fingerprint}\n`);
    expect(seen.info).toContain('    os: Tiny: "Linux"\n');
    expect(seen.info).toContain('    release: no\n');
    expect(seen.list.filter((image) => image.fingerprint === fingerprint)).toEqual([
      expect.objectContaining({
        type,
        properties: expect.objectContaining({ 'requirements.secureboot': 'false' }) as object,
      }),
    ]);
    const [metadata, exported] = seen.files;
    expect(exported?.bytes.equals(root)).toBe(true);
    expect(metadataOf(metadata?.bytes ?? Buffer.alloc(0))).toEqual({
      architecture: imageArchitecture.incus,
      creation_date: expect.any(Number) as number,
      properties: {
        ...{ os: incus.os, release: incus.release, description: incus.description, ...incus.properties },
        ...{ architecture: imageArchitecture.incus, serial: 'v1', variant: 'default' },
        ...{ type: { qcow2: 'disk-kvm.img', squashfs: 'squashfs', 'rootfs.tar.xz': 'root.tar.xz' }[format] },
        'requirements.secureboot': 'false',
      },
    });
  });

  it('does not find a draft', async () => {
    const name = freshImageName('draft');
    await served().publisher.createImage(name);
    await draftVersion(served(), name, 'v1', await prepare('squashfs'));
    await expect(fingerprintOf(name)).rejects.toThrow(/couldn't be found/);
    await expect(fingerprintOf(`${name}/v1`)).rejects.toThrow(/couldn't be found/);
  });

  it('does not find an image that is meant for the other client only', async () => {
    const name = freshImageName('foreign');
    const foreign = await prepareImage(served().files, 'squashfs', foreignMetadataName);
    await publishImage(served(), name, 'v1', foreign);
    await expect(fingerprintOf(`${name}/v1`)).rejects.toThrow(/couldn't be found/);
    await expect(fingerprintOf(foreign.fingerprint)).rejects.toThrow(/couldn't be found/);
  });

  it('refuses bytes that were changed behind the service', async () => {
    const name = freshImageName('tampered');
    const container = await prepare('squashfs');
    await publishImage(served(), name, 'v1', container);
    await expectIntactExport(`${name}/v1`, container);
    await overwriteStored(served().service.storageDir, container.root);
    await expect(expectIntactExport(`${name}/v1`, container)).rejects.toThrow(/doesn't match|mismatch/i);
  });
}

/** What the metadata of an image says, by programs that are not ours. */
function metadataOf(archive: Buffer): unknown {
  return parse(execFileSync('tar', ['-xJOf', '-', 'metadata.yaml'], { input: archive }).toString());
}

/** Flips one byte in every part of the stored object, as a failing disk or an intruder would; the sizes stay. */
async function overwriteStored(storageDir: string, content: Buffer): Promise<void> {
  const hex = fingerprintOfBytes(content);
  const stored = (await readdir(storageDir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'manifest.json')
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(hex));
  expect(stored).not.toEqual([]);
  for (const path of stored) {
    const bytes = await readFile(path);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
    await writeFile(path, bytes);
  }
}

/** The address with the token as the password of somebody. */
function withUser(url: URL, token: string): string {
  const named = new URL(url);
  named.username = 'site';
  named.password = token;
  return named.href.replace(/\/$/, '');
}
