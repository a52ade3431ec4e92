import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import type { Remote } from './image-client.js';

const execute = promisify(execFile);
const START_MS = 30_000;

/** A daemon of Incus with a folder of its own, and a client of it with the service as the remote `img`. */
export class IncusDaemon {
  private log = '';

  private child: ChildProcess;

  private constructor(private readonly folder: { readonly path: string; remove(): Promise<void> }) {
    this.child = this.spawn();
  }

  static async start(remote: Required<Remote>): Promise<IncusDaemon> {
    const folder = await createTemporaryFolder('incusd');
    await mkdir(join(folder.path, 'var'));
    const daemon = new IncusDaemon(folder);
    try {
      await daemon.prepare(remote);
    } catch (error) {
      await daemon.stop();
      throw new Error(`incusd did not come up: ${daemon.log}`, { cause: error });
    }
    return daemon;
  }

  /** Runs the client and gives what it says; rejects with what it says on standard error. */
  async run(...args: readonly string[]): Promise<string> {
    const options = { env: environmentOf(this.folder.path), timeout: 120_000 };
    const running = execute('incus', [...args], options);
    // It would take what it reads there for a configuration.
    running.child.stdin?.end();
    return (await running).stdout;
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.folder.remove();
  }

  /** Ends it and starts it again, upon which it does at once what it does every few hours. */
  async restart(): Promise<void> {
    await this.kill();
    this.child = this.spawn();
    await this.answers();
  }

  /** Adds a remote to the client; the daemon reads it when an image of it is wanted. */
  async addRemote(name: string, { baseUrl, certificateFile }: Required<Remote>): Promise<void> {
    const certificates = join(this.folder.path, '.config', 'incus', 'servercerts');
    await mkdir(certificates, { recursive: true });
    await copyFile(certificateFile, join(certificates, `${name}.crt`));
    await this.run('remote', 'add', name, baseUrl, '--protocol', 'simplestreams');
  }

  /** Forgets the lists of remotes, as the daemon does after an hour. */
  async forgetLists(): Promise<void> {
    const cache = join(this.folder.path, 'var', 'cache');
    for (const file of await readdir(cache)) await rm(join(cache, file), { recursive: true });
  }

  private spawn(): ChildProcess {
    // What it mounts goes with it.
    const child = spawn('unshare', ['--mount', 'incusd', '--group', 'root'], {
      env: environmentOf(this.folder.path),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    return child;
  }

  private async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
  }

  private async answers(): Promise<void> {
    await waitFor(() => this.run('info').then(Boolean, () => false), {
      timeoutMs: START_MS,
      what: () => `incusd to answer: ${this.log}`,
    });
  }

  private async prepare(remote: Required<Remote>): Promise<void> {
    await this.answers();
    await this.run('storage', 'create', 'pool', 'dir');
    await this.run('profile', 'device', 'add', 'default', 'root', 'disk', 'path=/', 'pool=pool');
    await this.addRemote('img', remote);
  }
}

function environmentOf(folder: string): NodeJS.ProcessEnv {
  const path = ['/usr/libexec/incus', process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(':');
  return { PATH: path, HOME: folder, INCUS_DIR: join(folder, 'var'), LC_ALL: 'C' };
}
