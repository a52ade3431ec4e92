import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describeWith } from '../fixtures/requirement.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { XdeltaProgram } from '../xdelta/xdelta-program.js';
import { fingerprintOfBytes, type ImageClientCommand, withFreshClient } from './image-client.js';
import { IncusDaemon } from './incus-daemon.js';
import { LoggingProxy } from './logging-proxy.js';
import { freshImageName } from './published-images.js';
import { serveImages } from './served-images.js';

jest.setTimeout(180_000);

/** One delta is its publisher's, the other the server makes. */
const SORTS = [
  ['squashfs', []],
  ['qcow2', ['--vm']],
] as const;

interface Published {
  readonly name: string;
  readonly target: Buffer;
  /** The digest of the delta, in hex. */
  readonly delta: string;
}

describeWith(
  ['incus', 'incus-daemon', 'lxc', 'images', 'root', 'mounts', 'xdelta3'],
  'a delta, of a publisher or made by the publish,',
  () => {
    const served = serveImages();
    let proxy: LoggingProxy | undefined;
    let daemon: IncusDaemon | undefined;
    const published = new Map<string, Published>();

    beforeAll(async () => {
      const xdelta = new XdeltaProgram((await createTemporaryFolder('xdelta')).path);
      for (const [format] of SORTS) published.set(format, await publish(xdelta, format));
      proxy = await LoggingProxy.start(served().remote);
      daemon = await IncusDaemon.start(proxy.remote);
    });

    afterAll(async () => {
      await daemon?.stop();
      await proxy?.close();
    });

    /** Two versions that differ in a few bytes, the second with a delta. */
    async function publish(xdelta: XdeltaProgram, format: 'squashfs' | 'qcow2'): Promise<Published> {
      const { publisher, files } = served();
      const { file, metadata } =
        format === 'squashfs'
          ? { file: files.containerV1.squashfs, metadata: files.containerV1.incusTarXz }
          : { file: files.virtualMachine.qcow2, metadata: files.virtualMachine.incusTarXz };
      const name = freshImageName('delta');
      const [base, target] = await Promise.all([withTail(file), withTail(file)]);
      await publisher.createImage(name);
      for (const [version, root] of [
        ['v1', base],
        ['v2', target],
      ] as const) {
        await publisher.createVersion(name, version);
        const blob = await publisher.uploadFile(root);
        const wish = version === 'v2' && format === 'qcow2' ? { deltaFrom: 'v1' } : {};
        const { id } = await publisher.addArtifact(name, version, { format, blob, ...wish });
        for (const metadataName of ['incus.tar.xz', 'lxd.tar.xz']) {
          const metadataBlob = await publisher.uploadFile(await readFile(metadata));
          await publisher.addAttachment(name, version, id, { name: metadataName, blob: metadataBlob });
        }
        if (version === 'v2' && format === 'squashfs') {
          const deltaBlob = await publisher.uploadFile(xdelta.encode(base, target));
          const delta = { name: 'squashfs.vcdiff', blob: deltaBlob, baseVersion: 'v1' };
          await publisher.addAttachment(name, version, id, delta);
        }
        await publisher.publish(name, version);
        await served().waitUntilServed(`${name}/${version}`);
      }
      const { artifacts } = await publisher.call<{ artifacts: [{ attachments: ListedAttachment[] }] }>(
        'GET',
        `/v1/images/${name}/refs/v2`,
      );
      const delta = artifacts[0].attachments.find(({ base_version: baseVersion }) => baseVersion === 'v1');
      return { name, target, delta: delta?.blob_digest.slice('sha256:'.length) ?? 'none' };
    }

    function of(format: string): Published {
      const found = published.get(format);
      if (found === undefined) throw new Error(`no ${format} was published`);
      return found;
    }

    it.each(SORTS)(
      'is what a daemon downloads instead of the %s, when it has the base',
      async (format, flags) => {
        const { name, target, delta } = of(format);
        if (proxy === undefined || daemon === undefined) throw new Error('the daemon did not start');
        await daemon.run('image', 'copy', `img:${name}/v1`, 'local:', ...flags, '--alias', `${name}-1`);
        proxy.requests.length = 0;
        await daemon.run('image', 'copy', `img:${name}/v2`, 'local:', ...flags, '--alias', `${name}-2`);
        const files = proxy.requests.filter((line) => line.includes('/files/'));
        expect(files.filter((line) => line.includes(delta))).toEqual([expect.stringMatching(/^GET .* 200$/)]);
        expect(files.filter((line) => line.includes(hexOf(target)))).toEqual([]);
        const info = await daemon.run('image', 'info', `${name}-2`);
        expect(info).toMatch(/^Fingerprint: [0-9a-f]{64}$/m);
        const exported = (await createTemporaryFolder('exported')).path;
        await daemon.run('image', 'export', `${name}-2`, `${exported}/image`);
        expect((await readFile(`${exported}/image.root`)).equals(target)).toBe(true);
      },
    );

    it.each(SORTS)('is passed over for the %s by a daemon that has no base', async (format, flags) => {
      const { name, target, delta } = of(format);
      if (proxy === undefined || daemon === undefined) throw new Error('the daemon did not start');
      for (const alias of [`${name}-1`, `${name}-2`]) await daemon.run('image', 'delete', alias);
      proxy.requests.length = 0;
      await daemon.run('image', 'copy', `img:${name}/v2`, 'local:', ...flags, '--alias', `${name}-2`);
      const files = proxy.requests.filter((line) => line.includes('/files/'));
      expect(files.filter((line) => line.includes(hexOf(target)))).toHaveLength(1);
      expect(files.filter((line) => line.includes(delta))).toEqual([]);
    });

    it.each<ImageClientCommand>(['incus', 'lxc'])(
      'does not disturb what %s lists and tells',
      async (command) => {
        await withFreshClient(command, served().remote, async (client) => {
          const listed = await client.listImages();
          expect(listed).toHaveLength(4);
          for (const { name } of published.values()) {
            const isOfImage = ({ aliases }: { readonly aliases: readonly string[] }): boolean =>
              aliases.some((alias) => alias.startsWith(`${name}/`));
            expect(listed.filter(isOfImage)).toHaveLength(2);
          }
          const { name, target } = of('squashfs');
          const [metadata, root] = await client.exportImage(`${name}/v2`);
          expect(root?.bytes.equals(target)).toBe(true);
          const fingerprint = fingerprintOfBytes(metadata?.bytes ?? target, target);
          expect(await client.fingerprintOf(`${name}/v2`)).toBe(fingerprint);
        });
      },
    );
  },
);

interface ListedAttachment {
  readonly blob_digest: string;
  readonly base_version?: string;
}

function hexOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Readers of disks and file systems stop where their headers say. */
async function withTail(file: string): Promise<Buffer> {
  return Buffer.concat([await readFile(file), Buffer.from(randomUUID().padEnd(4096, '.'))]);
}
