import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A program in the place of xdelta3, which is not on every machine: it gives the delta that it was told to give. */
export class StandInEncoder {
  static async in(folder: string): Promise<StandInEncoder> {
    const encoder = new StandInEncoder(join(folder, 'programs'));
    await mkdir(encoder.folder);
    const program = join(encoder.folder, 'xdelta3');
    await writeFile(program, `#!/bin/sh\ncat > /dev/null\ncat "${encoder.delta}"\n`);
    await chmod(program, 0o755);
    return encoder;
  }

  private constructor(private readonly folder: string) {}

  /** Of the processes that are to find it. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: this.folder };
  }

  async give(delta: Buffer): Promise<void> {
    await writeFile(this.delta, delta);
  }

  private get delta(): string {
    return join(this.folder, 'delta');
  }
}
