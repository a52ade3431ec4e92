import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HttpClient } from '../support/http-client.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type S3Service, s3ServiceOf } from '../support/s3-service.js';
import { waitFor } from '../support/wait-for.js';

const SCRIPTS = join(import.meta.dirname, '..', 'ci');
const run = promisify(execFile);

/** A radosgw of one's own, which may be killed and frozen without hurting other tests. */
export class OwnS3 {
  private successor: ChildProcess | undefined;

  private constructor(
    readonly service: S3Service,
    private readonly folder: string,
    private readonly command: readonly string[],
    private pid: number,
  ) {}

  /** Takes about ten seconds. */
  static async start(): Promise<OwnS3> {
    const { path } = await createTemporaryFolder('rgw');
    const folder = join(path, 'rgw');
    await run(join(SCRIPTS, 'rgw-up.sh'), [folder]);
    const lines = (await readFile(join(folder, 's3.env'), 'utf8')).matchAll(/^export (\w+)=(.*)$/gm);
    const variables = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
    const pid = Number(await readFile(join(folder, 'run', 'rgw.pid'), 'utf8'));
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter(Boolean);
    return new OwnS3(s3ServiceOf(variables), folder, command, pid);
  }

  /** As if its host had lost power. Resolves when nobody listens any more. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await waitFor(async () => !(await this.answers()), { what: 'radosgw to be gone' });
  }

  /** Starts it again on its port; resolves when it answers. */
  async restart(): Promise<void> {
    const [program = '', ...flags] = this.command;
    const successor = spawn(program, [...flags, '--foreground'], { stdio: 'ignore' });
    this.successor = successor;
    this.pid = successor.pid ?? 0;
    await waitFor(() => this.answers(), { timeoutMs: 60_000, what: 'radosgw to answer again' });
  }

  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.successor?.exitCode === null) {
      const ended = once(this.successor, 'close');
      this.successor.kill('SIGKILL');
      await ended;
    }
    await run(join(SCRIPTS, 'rgw-down.sh'), [this.folder]);
  }

  private async answers(): Promise<boolean> {
    return new HttpClient(`http://${this.service.endpoint}`).get('/').then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
