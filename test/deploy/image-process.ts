import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for.js';
import type { BuiltStage } from './image-build.js';

/**
 * Makes the image's files the root, read-only, with the programs of this machine in place of the base image's; `$3…` may
 * be written to. Then becomes the process as process 1 of its own. Nothing of it outlives it.
 */
const ENTER = `
root=$1 user=$2; shift 2
mount --bind "$root" "$root"
for folder in usr dev; do mkdir -p "$root/$folder"; mount --rbind "/$folder" "$root/$folder"; done
mkdir -p "$root/proc" "$root/tmp"; mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do mount --bind "$root/$1" "$root/$1"; shift; done
shift
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" --groups= "$root" "$@"
`;

/** A process of a built image, as a container engine would run it with `--read-only`, but on the network of this machine. */
export class ImageProcess {
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';
  isRunning = true;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.isRunning = false;
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  /** `docker run` of the image with these words in place of CMD, and the volumes `writable`. */
  static run(
    stage: BuiltStage,
    words: readonly string[],
    options: { readonly writable?: readonly string[]; readonly environment?: Record<string, string> } = {},
  ): ImageProcess {
    prepareBase(stage.root);
    const environment = {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ...stage.environment,
      ...options.environment,
    };
    const child = spawn(
      'unshare',
      [
        ...['--mount', '--pid', '--fork', '--kill-child', '/bin/sh', '-ec', ENTER, 'enter'],
        ...[
          stage.root,
          stage.user,
          ...(options.writable ?? []),
          '--',
          '/usr/bin/env',
          '-i',
          '-C',
          stage.workdir,
        ],
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...stage.entrypoint,
        ...(words.length === 0 ? stage.command : words),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return new ImageProcess(child);
  }

  /** What the log says of the listeners, once it does. */
  async served(name: string): Promise<{ readonly http?: string; readonly metrics?: string }> {
    const what = () => `the ${name} of the image to serve; it wrote:\n${this.stdout}${this.stderr}`;
    const line = await waitFor(
      () => {
        if (!this.isRunning) throw new Error(`it ended before ${what()}`);
        return this.stderr.split('\n').find((candidate) => candidate.includes(`"${name} is up"`));
      },
      { timeoutMs: 20_000, what },
    );
    return JSON.parse(line) as { http?: string; metrics?: string };
  }

  /** Sends a signal to process 1, unless that has ended. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const inner = await waitFor(() => this.processOne());
    if (inner !== 'ended') process.kill(inner, signal);
  }

  /** Ends it and everything that it started. Safe to repeat. */
  kill(): void {
    const inner = this.processOne();
    if (typeof inner === 'number') process.kill(inner, 'SIGKILL');
    else this.child.kill('SIGKILL');
  }

  private processOne(): number | 'ended' | undefined {
    const { pid = 0 } = this.child;
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      return children === '' ? undefined : Number(children);
    } catch {
      return 'ended';
    }
  }
}

/** What every base image has besides programs: the links of a merged /usr and the account `node`. */
function prepareBase(root: string): void {
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(
    join(root, 'etc', 'passwd'),
    'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n');
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
    execFileSync('ln', ['-sfn', `usr/${name}`, join(root, name)]);
  }
}
