import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../apps/cli/src/run.js';
import { serviceProgram } from '../support/service-programs.js';

/** How a run of the command ended. */
export interface CliEnd {
  /** null: it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSurroundings {
  /** Home, where everything that the command remembers goes. */
  readonly home: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A run in this process: everything but the process itself. */
export async function runInProcess(
  args: readonly string[],
  { home, environment = {}, input = '' }: CliSurroundings,
  signal: AbortSignal = new AbortController().signal,
): Promise<CliEnd> {
  const output = { stdout: '', stderr: '' };
  const collector = (name: keyof typeof output): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        output[name] += String(chunk);
        done();
      },
    });
  const code = await runCli(args, {
    environment,
    home,
    stdin: Readable.from([input]),
    stdout: collector('stdout'),
    stderr: collector('stderr'),
    signal,
  });
  return { code, ...output };
}

/** A run of the real program in a process of its own, which a test may kill. */
export class CliProcess {
  readonly ended: Promise<CliEnd>;
  private readonly output = { stdout: '', stderr: '' };

  private constructor(private readonly child: ChildProcess) {
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output[stream] += chunk;
      });
    }
    this.ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...this.output }));
  }

  static start(args: readonly string[], surroundings: CliSurroundings): CliProcess {
    return CliProcess.startIn([], args, surroundings);
  }

  /** Has another command start it. */
  static startIn(
    wrapper: readonly string[],
    args: readonly string[],
    { home, environment = {}, input = '' }: CliSurroundings,
  ): CliProcess {
    const [command = '', ...rest] = [...wrapper, process.execPath, serviceProgram('cli'), ...args];
    const child = spawn(command, rest, {
      env: { PATH: process.env.PATH ?? '', HOME: home, NO_PROXY: '*', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(input);
    return new CliProcess(child);
  }

  /** What it has said so far. */
  get stdout(): string {
    return this.output.stdout;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }
}
