import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryFolder } from '../support/temporary-folder.js';

/** The two programs that read Simple Streams. They share their arguments, not their folders. */
export type ImageClientCommand = 'incus' | 'lxc';

export interface Remote {
  readonly baseUrl: string;
  /** The service's self-signed certificate; without it the client does not trust the service. */
  readonly certificateFile?: string;
}

/** One entry of `image list --format json`. */
export interface ListedImage {
  readonly fingerprint: string;
  readonly type: 'container' | 'virtual-machine';
  readonly architecture: string;
  readonly size: number;
  readonly aliases: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
}

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

interface RawListedImage extends Omit<ListedImage, 'aliases'> {
  readonly aliases: readonly { readonly name: string }[] | null;
}

/** Where `image info` and `image export` look. */
export interface Lookup {
  readonly virtualMachine?: boolean;
}

/**
 * Runs `use` with a real client that has never seen the service: clients answer from their cache for five minutes,
 * so only an empty home shows what is served now. The home is removed afterwards.
 */
export async function withFreshClient<Result>(
  command: ImageClientCommand,
  remote: Remote,
  use: (client: ImageClient) => Promise<Result>,
): Promise<Result> {
  const home = await createTemporaryFolder(command);
  try {
    const certificates = join(home.path, '.config', command, 'servercerts');
    await mkdir(certificates, { recursive: true });
    if (remote.certificateFile !== undefined) {
      await copyFile(remote.certificateFile, join(certificates, 'img.crt'));
    }
    const client = new ImageClient(command, home.path);
    await client.run('remote', 'add', 'img', remote.baseUrl, '--protocol', 'simplestreams');
    return await use(client);
  } finally {
    await home.remove();
  }
}

/** The client program with a home of its own and the service as its remote. Methods reject when it exits non-zero. */
export class ImageClient {
  private exports = 0;

  constructor(
    private readonly command: ImageClientCommand,
    private readonly home: string,
  ) {}

  async listImages(): Promise<ListedImage[]> {
    const listed = JSON.parse(
      await this.run('image', 'list', 'img:', '--format', 'json'),
    ) as RawListedImage[];
    return listed.map((image) => ({ ...image, aliases: (image.aliases ?? []).map(({ name }) => name) }));
  }

  /** The fingerprint that `reference` (an alias or fingerprint) leads to. */
  async fingerprintOf(reference: string, lookup: Lookup = {}): Promise<string> {
    const text = await this.run('image', 'info', `img:${reference}`, ...flagsOf(lookup));
    const fingerprint = /^Fingerprint: ([0-9a-f]{64})$/m.exec(text)?.[1];
    if (fingerprint === undefined) throw new Error(`no fingerprint in: ${text}`);
    return fingerprint;
  }

  /** Downloads what `reference` leads to, in the order in which the fingerprint covers the files. */
  async exportImage(reference: string, lookup: Lookup = {}): Promise<ExportedFile[]> {
    this.exports += 1;
    const folder = join(this.home, `export-${this.exports}`);
    await mkdir(folder);
    await this.run('image', 'export', `img:${reference}`, `${folder}/`, ...flagsOf(lookup));
    const names = (await readdir(folder)).sort((a, b) => metadataFirst(a) - metadataFirst(b));
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  }

  /** Runs the program and resolves to its standard output; rejects with what it said on standard error. */
  async run(...args: string[]): Promise<string> {
    const env = { HOME: this.home, PATH: process.env.PATH, LC_ALL: 'C' };
    return new Promise((resolve, reject) => {
      execFile(
        this.command,
        args,
        { env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`${this.command} ${args.join(' ')}: ${stderr}`, { cause: error }));
        },
      );
    });
  }
}

/** What an image's fingerprint is, by definition: the hash of the metadata followed by the root. */
export function fingerprintOfBytes(...parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function flagsOf(lookup: Lookup): string[] {
  return lookup.virtualMachine === true ? ['--vm'] : [];
}

function metadataFirst(name: string): number {
  return /\.(incus|lxd)\.tar\.xz$/.test(name) ? 0 : 1;
}
