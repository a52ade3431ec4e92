import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** xdelta3, as publishers and clients run it, with files in a folder. */
export class XdeltaProgram {
  constructor(private readonly folder: string) {}

  encode(base: Buffer, target: Buffer, flags: readonly string[] = []): Buffer {
    const [from, to, delta] = this.paths();
    writeFileSync(from, base);
    writeFileSync(to, target);
    const { status, stderr } = this.run(['-f', '-q', '-e', ...flags, '-s', from, to, delta]);
    expect([status, stderr]).toEqual([0, '']);
    return readFileSync(delta);
  }

  /** What clients get, or undefined when they cannot apply it. */
  decode(base: Buffer, delta: Buffer): Buffer | undefined {
    const [from, to, path] = this.paths();
    writeFileSync(from, base);
    writeFileSync(path, delta);
    rmSync(to, { force: true });
    const { status } = this.run(['-f', '-d', '-s', from, path, to]);
    return status === 0 ? readFileSync(to) : undefined;
  }

  private paths(): [string, string, string] {
    return [join(this.folder, 'base'), join(this.folder, 'target'), join(this.folder, 'delta')];
  }

  private run(parameters: readonly string[]) {
    return spawnSync('xdelta3', parameters, { encoding: 'utf8', timeout: 20_000 });
  }
}
