import { join } from 'node:path';
import { parse } from 'yaml';
import { imageArchitecture } from '../fixtures/test-images.js';
import { describeWith } from '../fixtures/requirement.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { IncusDaemon } from './incus-daemon.js';
import { freshImageName, prepareImage } from './published-images.js';
import { serveImages } from './served-images.js';

jest.setTimeout(120_000);

const FORMATS = ['squashfs', 'rootfs.tar.xz', 'qcow2'] as const;
const INCUS = { os: 'Tiny "Linux"', release: 'no', properties: { note: 'a: b' } };

describeWith(['incus', 'incus-daemon', 'images', 'root', 'mounts'], 'a daemon of Incus', () => {
  const served = serveImages();
  let daemon: IncusDaemon | undefined;
  const names = new Map<string, string>();

  beforeAll(async () => {
    // Before the daemon looks: it does not look again within an hour.
    for (const format of FORMATS) names.set(format, await publishPlain(format));
    daemon = await IncusDaemon.start(served().remote);
  });

  afterAll(() => daemon?.stop());

  function incus(...args: readonly string[]): Promise<string> {
    if (daemon === undefined) throw new Error('the daemon did not start');
    return daemon.run(...args);
  }

  /** A root without metadata of its publisher. */
  async function publishPlain(format: (typeof FORMATS)[number]): Promise<string> {
    const name = freshImageName('plain');
    const { publisher, files } = served();
    const { root } = await prepareImage(files, format, 'incus.tar.xz');
    await publisher.createImage(name);
    await publisher.createVersion(name, 'v1');
    const blob = await publisher.uploadFile(root);
    await publisher.addArtifact(name, 'v1', { format, blob, incus: INCUS });
    await publisher.publish(name, 'v1');
    await served().waitUntilServed(`${name}/v1`);
    return name;
  }

  it.each(['squashfs', 'rootfs.tar.xz'] as const)(
    'makes an instance of a plain %s, and reads the metadata that was made',
    async (format) => {
      const name = names.get(format) ?? '';
      await incus('image', 'copy', `img:${name}`, 'local:', '--alias', name);
      // Nothing is started: the instance only has to be made of the image.
      await incus('init', name, name, '-c', 'security.privileged=true');
      const metadata: unknown = parse(await incus('config', 'metadata', 'show', name));
      expect(metadata).toMatchObject({
        architecture: imageArchitecture.incus,
        properties: { os: INCUS.os, release: INCUS.release, ...INCUS.properties },
      });
    },
  );

  it.each([
    ['refreshes a copy from a channel', () => incus('image', 'refresh', 'refreshed').then(() => undefined)],
    ['updates a copy from a channel by itself', () => daemon?.restart()],
  ])('%s once another version is promoted', async (how, update) => {
    const alias = how.startsWith('refreshes') ? 'refreshed' : 'updated';
    const name = await publishPlain('squashfs');
    const { manager, publisher, files, remote } = served();
    const { root } = await prepareImage(files, 'squashfs', 'incus.tar.xz');
    await publisher.createVersion(name, 'v2');
    const blob = await publisher.uploadFile(root);
    await publisher.addArtifact(name, 'v2', { format: 'squashfs', blob, incus: INCUS });
    await publisher.publish(name, 'v2');
    await publisher.setAlias(name, 'stable', 'v1');
    await publisher.setAlias(name, 'testing', 'v2');
    const channel = freshImageName('followed');
    await publisher.call('PUT', `/v1/channels/${channel}`, { image_patterns: [name], alias: 'stable' });
    await daemon?.addRemote(channel, { ...remote, baseUrl: `${remote.baseUrl}/c/${channel}` });
    await incus('image', 'copy', `${channel}:${name}`, 'local:', '--alias', alias, '--auto-update');
    const fingerprint = async (reference: string): Promise<string> =>
      /^Fingerprint: (\S+)$/m.exec(await incus('image', 'info', reference))?.[1] ?? '';
    const before = await fingerprint(alias);
    await publisher.call('POST', `/v1/images/${name}/promotions`, {
      from_alias: 'testing',
      to_alias: 'stable',
    });
    await daemon?.forgetLists();
    await update();
    const after = await waitFor(
      async () => {
        // For a moment there is none.
        const found = await fingerprint(alias).catch(() => before);
        return found === before ? undefined : found;
      },
      { timeoutMs: 60_000, what: 'the copy to be another one' },
    );
    // The client of this test keeps lists for five minutes, so the service is asked.
    const listed = await manager.get(`/c/${channel}/streams/v1/images.json`);
    expect(listed.bytes.toString()).toContain(after);
  });

  it('copies a private image by a read link and by a token in the address', async () => {
    const name = await publishPlain('squashfs');
    const { manager, publisher, remote } = served();
    await publisher.call('PATCH', `/v1/images/${name}`, { visibility: 'private' });
    const person = await manager.post('/v1/auth/principals', { kind: 'service', display_name: 'site' });
    const path = `/v1/auth/principals/${String(person.members.id)}`;
    await manager.put(`${path}/roles/content-reader`, { image_patterns: [name] });
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const token = await manager.post(`${path}/api-tokens`, { expires_at });
    const link = await manager.post(`${path}/read-links`, { expires_at });
    const withToken = new URL(remote.baseUrl);
    withToken.username = 'site';
    withToken.password = String(token.members.plaintext);
    const addresses = {
      linked: `${remote.baseUrl}${String(link.members.path)}`,
      named: withToken.href.replace(/\/$/, ''),
    };
    await expect(incus('image', 'copy', `img:${name}`, 'local:')).rejects.toThrow();
    for (const [remoteName, baseUrl] of Object.entries(addresses)) {
      await daemon?.addRemote(remoteName, { ...remote, baseUrl });
      await incus('image', 'copy', `${remoteName}:${name}`, 'local:', '--alias', `${name}-${remoteName}`);
      expect(await incus('image', 'info', `${name}-${remoteName}`)).toMatch(/^Type: container$/m);
      await incus('image', 'delete', `${name}-${remoteName}`);
    }
  });

  it('copies a plain disk, and imports what it exports', async () => {
    const name = names.get('qcow2') ?? '';
    await incus('image', 'copy', `img:${name}`, 'local:', '--vm', '--alias', name);
    const copied = await incus('image', 'info', name);
    expect(copied).toMatch(/^Type: virtual-machine$/m);
    const fingerprint = /^Fingerprint: (\S+)$/m.exec(copied)?.[1] ?? '';
    const target = join((await createTemporaryFolder('exported')).path, 'image');
    await incus('image', 'export', name, target);
    await incus('image', 'delete', name);
    await incus('image', 'import', target, `${target}.root`, '--alias', 'imported');
    const imported = await incus('image', 'info', 'imported');
    expect(imported).toContain(`Fingerprint: ${fingerprint}\n`);
    expect(imported).toContain('    os: Tiny "Linux"\n');
    expect(imported).toContain('    note: a: b\n');
  });
});
