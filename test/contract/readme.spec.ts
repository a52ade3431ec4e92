import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeQcow2 } from '../../libs/catalog/src/formats/fixtures/qcow2-bytes.js';
import { readRealHeads } from '../../libs/catalog/src/formats/fixtures/real-heads.js';
import {
  defaultText,
  environmentName,
  SETTING_NAMES,
  SETTINGS,
} from '../../libs/platform/src/config/settings.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { HttpClient } from './http-client.js';
import { digestOf } from './upload-steps.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The text between this heading of the README and the next of its rank. */
function section(heading: string): string {
  const [, rest = ''] = README.split(`\n## ${heading}\n`);
  const [body = ''] = rest.split('\n## ');
  expect(body).not.toBe('');
  return body;
}

describe('"Publish an image" of the README', () => {
  const lines = [...section('Publish an image').matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, block]) => block ?? '',
  );
  const files = {
    'disk.qcow2': makeQcow2(),
    'rootfs.squashfs': readRealHeads().get('squashfs-gzip')?.head ?? Buffer.alloc(0),
    'incus.tar.xz': readRealArchive('split'),
  };
  let service: RunningService;
  let folder: string;
  let output: string;

  beforeAll(async () => {
    service = await startService();
    folder = (await createTemporaryFolder('readme')).path;
    await Promise.all(Object.entries(files).map(([name, bytes]) => writeFile(join(folder, name), bytes)));
    output = await run(lines.filter((block) => !block.startsWith('incus ')).join('\n'));
  }, 90_000);

  afterAll(() => service.stop(), 60_000);

  it('has all its steps', () => {
    expect(lines).toHaveLength(6);
  });

  it('uploads, publishes and reads as it stands', async () => {
    for (const name of Object.keys(files)) expect(output).toContain(`${name} is ready`);
    expect((await readFile(join(folder, 'copy.qcow2'))).equals(files['disk.qcow2'])).toBe(true);
    const client = new HttpClient(service.baseUrl);
    const { json } = await client.get('/v1/images/debian/refs/latest');
    const { artifacts } = json as { artifacts: { artifact: { id: string; primary_blob_digest: string } }[] };
    expect(artifacts).toHaveLength(2);
    for (const { artifact } of artifacts) {
      const { bytes } = await client.get(`/v1/images/debian/versions/12.1/artifacts/${artifact.id}/download`);
      expect(digestOf(bytes)).toBe(artifact.primary_blob_digest);
    }
  });

  it('shows both images to Incus, under the aliases that it promises', async () => {
    const client = new HttpClient(service.baseUrl);
    const { json } = await client.get('/streams/v1/images.json');
    const products = Object.values((json as { products: Record<string, Product> }).products);
    const items = products.flatMap(({ versions }) =>
      Object.values(versions).flatMap((version) => Object.values(version.items)),
    );
    const listed = (ftype: string) =>
      items.filter((item) => item.ftype === ftype).map(({ sha256 }) => sha256);
    expect(listed('disk-kvm.img')).toEqual([sha256Of('disk.qcow2')]);
    expect(listed('squashfs')).toEqual([sha256Of('rootfs.squashfs')]);
    expect(listed('incus.tar.xz')).toEqual([sha256Of('incus.tar.xz'), sha256Of('incus.tar.xz')]);
    for (const { path, sha256 } of items) {
      expect(digestOf((await client.get(`/${path}`)).bytes)).toBe(`sha256:${sha256}`);
    }
    for (const { aliases } of products) expect(aliases.split(',')).toContain('debian');
  });

  function sha256Of(name: keyof typeof files): string {
    return digestOf(files[name]).slice('sha256:'.length);
  }

  /** Runs the lines as they are but for the address and the token. */
  async function run(script: string): Promise<string> {
    const settled = script
      .replace(/^API=.*$/m, `API=${service.baseUrl}`)
      .replace(/^ADMIN=.*$/m, `ADMIN=${service.bootstrapToken}`);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', settled], {
      cwd: folder,
      timeout: 60_000,
    });
    return stdout;
  }
});

interface Product {
  readonly aliases: string;
  readonly versions: Record<string, { readonly items: Record<string, Item> }>;
}

interface Item {
  readonly ftype: string;
  readonly path: string;
  readonly sha256: string;
}

it('the settings of the README are those of the code', () => {
  const rows = section('Settings')
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const expected = SETTING_NAMES.map((name) => [
    `\`--${name}\``,
    `\`${environmentName(name)}\``,
    defaultCell(name),
    SETTINGS[name].help,
  ]);
  expect(rows).toEqual(expected);
});

function defaultCell(name: (typeof SETTING_NAMES)[number]): string {
  switch (name) {
    // Depend on the machine.
    case 'node-name':
      return 'the host name';
    case 'worker-concurrency':
      return 'cores, at least 2';
    default: {
      const [api, worker] = [defaultText(name, 'api'), defaultText(name, 'worker')];
      if (api === undefined) return '';
      return api === worker ? `\`${api}\`` : `\`${api}\`, worker \`${worker ?? ''}\``;
    }
  }
}
