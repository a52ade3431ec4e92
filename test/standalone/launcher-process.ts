import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { serviceProgram } from '../support/service-programs.js';
import { waitFor } from '../support/wait-for.js';

export interface LauncherOptions {
  readonly dataDir: string;
  readonly flags?: readonly string[];
  /** More environment; none of the test's own settings are passed. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly cwd?: string;
  /** How many file descriptors each of its processes may have; default is what the test itself may have. */
  readonly descriptors?: number;
  /** A checkout, of which it runs `dist` as `nest build` made it; default is this one, as bundles. */
  readonly checkout?: string;
}

/** What `npm start` runs after the build, in a process group of its own, as a terminal starts it. */
export class LauncherProcess {
  stdout = '';
  stderr = '';
  /** Resolves with the exit code, or with -1 when a signal ended it. */
  readonly exitCode: Promise<number>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly dataDir: string,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.exitCode = once(child, 'close').then(([code]) => (code as number | null) ?? -1);
  }

  /** Starts it on free ports, unless the flags name others. */
  static start(options: LauncherOptions): LauncherProcess {
    const program =
      options.checkout === undefined
        ? serviceProgram('standalone')
        : join(options.checkout, 'dist', 'apps', 'standalone', 'src', 'main.js');
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('IMGSRV_'));
    const { descriptors } = options;
    const limit = descriptors === undefined ? [] : ['prlimit', `--nofile=${descriptors}:${descriptors}`];
    const [command, ...args] = [...limit, process.execPath, program] as const;
    const child = spawn(
      command,
      [
        ...args,
        ...['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--data-dir', options.dataDir],
        ...(options.flags ?? []),
      ],
      {
        ...options.account,
        cwd: options.cwd ?? '/',
        env: { ...Object.fromEntries(inherited), ...options.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    return new LauncherProcess(child, options.dataDir);
  }

  /** Resolves with the URL when it says that it is up; rejects with its output when it ends instead. */
  async waitUntilUp(): Promise<string> {
    let code: number | undefined;
    void this.exitCode.then((value) => (code = value));
    return waitFor(
      () => {
        if (code !== undefined) {
          throw new Error(`ended with ${code}: ${this.stdout}${this.stderr}`);
        }
        return /imgsrv is up[^]*Service +(\S+)[^]*Token[^]*\n/.exec(this.stderr)?.[1];
      },
      { timeoutMs: 60_000, what: () => `imgsrv to be up: ${this.stdout}${this.stderr}` },
    );
  }

  get token(): string | undefined {
    return /^imgsrv bootstrap token: (\S+)$/m.exec(this.stdout)?.[1];
  }

  /** What Ctrl-C does: SIGINT to every process of the group, if there still is one. */
  pressCtrlC(): void {
    try {
      process.kill(-this.pid, 'SIGINT');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        throw error;
      }
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Process ids of the services it started. */
  pidOf(service: 'api' | 'publisher-worker'): number {
    const pid = processesOf(this.dataDir).find(({ command }) => command.includes(`/${service}/`))?.pid;
    if (pid === undefined) {
      throw new Error(`no ${service} runs`);
    }
    return pid;
  }

  private get pid(): number {
    if (this.child.pid === undefined) {
      throw new Error('not started');
    }
    return this.child.pid;
  }
}

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every process that works for this data folder: launcher, services, PostgreSQL and its watchdog. */
export function processesOf(dataDir: string): RunningProcess[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => describe(Number(name)))
    .filter((one) => one !== undefined);
  const found = all.filter(({ command, cwd }) => command.includes(dataDir) || cwd.startsWith(dataDir));
  const watchdogs = all.filter(
    ({ command }) =>
      command.includes('imgsrv-watchdog') && found.some(({ pid }) => command.endsWith(` ${pid}`)),
  );
  return [...found, ...watchdogs];
}

/** Undefined for a process that has ended meanwhile, or waits for its parent to notice. */
function describe(pid: number): (RunningProcess & { readonly cwd: string }) | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return command === '' ? undefined : { pid, command, cwd: readlinkSync(`/proc/${pid}/cwd`) };
  } catch {
    return undefined;
  }
}
