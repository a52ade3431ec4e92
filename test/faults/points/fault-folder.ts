import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is done to a process at a point; as the names of files, see runtime.mjs. */
export const FAULTS = ['killed before', 'killed after', 'error', 'answer lost', 'frozen'] as const;

export type Fault = (typeof FAULTS)[number];

/** `late` breaks nothing: the store takes longer than usual. */
export interface Breakage {
  readonly point: string;
  readonly fault: Fault | 'late';
}

/** The folder through which processes are told what to break, and tell where they were. */
export class FaultFolder {
  private constructor(private readonly path: string) {}

  static async in(path: string): Promise<FaultFolder> {
    await Promise.all(
      ['armed', 'fired', 'visited', 'unnamed'].map((name) => mkdir(join(path, name), { recursive: true })),
    );
    return new FaultFolder(path);
  }

  /** With which a woven program finds the folder. */
  environment(freezeMs: number): Readonly<Record<string, string>> {
    return {
      NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'runtime.mjs')).href}`,
      CRASH_POINTS_FOLDER: this.path,
      CRASH_POINTS_FREEZE_MS: String(freezeMs),
    };
  }

  async arm({ point, fault }: Breakage): Promise<void> {
    await writeFile(join(this.path, 'armed', `${fileOf(point)}.${fault}`), '');
  }

  /** Takes back what has not happened. */
  async disarm(): Promise<void> {
    for (const file of await readdir(join(this.path, 'armed'))) {
      await rm(join(this.path, 'armed', file), { force: true });
    }
  }

  async hasFired({ point, fault }: Breakage): Promise<boolean> {
    return (await readdir(join(this.path, 'fired'))).includes(`${fileOf(point)}.${fault}`);
  }

  /** Names of the points that any process came to. */
  async visited(): Promise<ReadonlySet<string>> {
    return new Set((await readdir(join(this.path, 'visited'))).map((file) => file.replaceAll('~', '/')));
  }

  /** From where the store was used, or a transaction begun, although there is no point. */
  async unnamed(): Promise<readonly string[]> {
    const files = await readdir(join(this.path, 'unnamed'));
    return Promise.all(files.map((file) => readFile(join(this.path, 'unnamed', file), 'utf8')));
  }
}

function fileOf(point: string): string {
  return point.replaceAll('/', '~');
}
