import { chmodSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

/** Where a worker finds its programs, with or without an encoder, and where it makes deltas. */
export class EncoderFolder {
  static async create(): Promise<EncoderFolder> {
    const { path } = await createTemporaryFolder('encoder');
    const folder = new EncoderFolder(path);
    mkdirSync(folder.programs);
    mkdirSync(folder.scratch);
    mkdirSync(folder.begun);
    symlinkSync('/usr/bin/prlimit', join(folder.programs, 'prlimit'));
    folder.install();
    return folder;
  }

  private constructor(private readonly path: string) {}

  get programs(): string {
    return join(this.path, 'programs');
  }

  get scratch(): string {
    return join(this.path, 'scratch');
  }

  /** The real one. */
  install(): void {
    this.remove();
    symlinkSync('/usr/bin/xdelta3', this.encoder);
  }

  remove(): void {
    rmSync(this.encoder, { force: true });
  }

  /** A script of the shell in its place. */
  replace(script: string): void {
    this.remove();
    readdirSync(this.begun).forEach((pid) => {
      rmSync(join(this.begun, pid));
    });
    writeFileSync(this.encoder, `#!/bin/sh\n: > ${this.begun}/$$\n${script}\n`);
    chmodSync(this.encoder, 0o755);
  }

  /** The process of the next script that is begun. */
  async begins(): Promise<number> {
    const pid = await waitFor(() => readdirSync(this.begun)[0], { what: 'an encoder to begin' });
    rmSync(join(this.begun, pid));
    return Number(pid);
  }

  private get begun(): string {
    return join(this.path, 'begun');
  }

  private get encoder(): string {
    return join(this.programs, 'xdelta3');
  }
}

/** Resolves when the process is gone. */
export async function waitUntilGone(pid: number): Promise<void> {
  await waitFor(() => !isRunning(pid), { what: `the process ${pid} to be gone` });
}

function isRunning(pid: number): boolean {
  try {
    // Of a zombie, of which a container without an init has some, there is no program any more.
    return readlinkSync(`/proc/${pid}/exe`) !== '';
  } catch {
    return false;
  }
}
