import { closeSync, openSync } from 'node:fs';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { NODE_FLAGS } from '../../libs/platform/src/lifecycle/node-flags.js';
import { builtProgram, type ServiceProcessName, serviceProgram } from './service-programs.js';
import { waitFor } from './wait-for.js';

interface SpawnOptions {
  /** Where the log goes instead of `stderr`. */
  readonly logFile?: string;
  readonly nodeFlags?: readonly string[];
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface ServedUrls {
  readonly http?: string;
  readonly metrics?: string;
}

/** A real api or worker process, built by `nest build`. It ends by itself when the test process does. */
export class ServiceProcess {
  /** Resolves when the process has ended. */
  readonly exited: Promise<ProcessEnd>;
  private output = { stdout: '', stderr: '' };
  private served: ServedUrls | undefined;
  private end: ProcessEnd | undefined;

  private constructor(
    readonly name: ServiceProcessName,
    private readonly child: ChildProcess,
  ) {
    this.collect('stdout', child.stdout);
    this.collect('stderr', child.stderr);
    child.on('message', (message) => {
      this.served = urlsOf(message) ?? this.served;
    });
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.end = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      return this.end;
    });
  }

  /** Starts the process with these flags and `IMGSRV_` settings, and none of the test's own. */
  static spawn(
    name: ServiceProcessName,
    flags: readonly string[],
    settings: Readonly<Record<string, string>>,
    program = serviceProgram(name),
    { logFile, nodeFlags = NODE_FLAGS }: SpawnOptions = {},
  ): ServiceProcess {
    const command = [process.execPath, ...nodeFlags, program, ...flags];
    const log = logFile === undefined ? 'pipe' : openSync(logFile, 'a');
    try {
      return new ServiceProcess(name, spawnCommand(command, settings, log));
    } finally {
      if (typeof log === 'number') closeSync(log);
    }
  }

  /** Starts it as users do, out of its thousands of files, and with at most so many file descriptors. */
  static spawnLimited(
    name: ServiceProcessName,
    descriptors: number,
    flags: readonly string[],
    settings: Readonly<Record<string, string>>,
  ): ServiceProcess {
    const limit = ['prlimit', `--nofile=${descriptors}:${descriptors}`];
    const command = [...limit, process.execPath, ...NODE_FLAGS, builtProgram(name), ...flags];
    return new ServiceProcess(name, spawnCommand(command, settings));
  }

  get pid(): number {
    if (this.child.pid === undefined) {
      throw new Error(`the ${this.name} was not started`);
    }
    return this.child.pid;
  }

  /** Everything it wrote so far. */
  get stdout(): string {
    return this.output.stdout;
  }

  get stderr(): string {
    return this.output.stderr;
  }

  /** Where it serves; throws before it does, or when it does not. */
  get url(): string {
    return required(this.served?.http, `the ${this.name} serves no http`);
  }

  /** Address of its metrics, with the path. */
  get metricsUrl(): string {
    return required(this.served?.metrics, `the ${this.name} serves no metrics`);
  }

  get isRunning(): boolean {
    return this.end === undefined;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal);
  }

  /** Resolves when it says that it serves; rejects with its output when it ends instead. */
  async waitUntilListening(): Promise<void> {
    await this.waitUntil('that it serves', () => this.served !== undefined);
  }

  /** Waits for a condition that only holds while the process lives; rejects with its output when it ends. */
  async waitUntil(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const description = (): string => `${what} of the ${this.name}; it wrote:\n${this.stdout}${this.stderr}`;
    await waitFor(
      () => {
        if (this.end !== undefined) {
          throw new Error(`it ended (${JSON.stringify(this.end)}) before ${description()}`);
        }
        return condition();
      },
      { timeoutMs: 30_000, what: description },
    );
  }

  private collect(stream: 'stdout' | 'stderr', source: Readable | null): void {
    source?.setEncoding('utf8').on('data', (chunk: string) => {
      this.output[stream] += chunk;
    });
  }
}

function spawnCommand(
  [command = '', ...args]: readonly string[],
  settings: Readonly<Record<string, string>>,
  stderr: 'pipe' | number = 'pipe',
): ChildProcess {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('IMGSRV_'));
  return spawn(command, args, {
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ['ignore', 'pipe', stderr, 'ipc'],
  });
}

function urlsOf(message: unknown): ServedUrls | undefined {
  const { type, http, metrics } = message as { readonly type?: unknown } & ServedUrls;
  return type === 'listening'
    ? { ...(http === undefined ? {} : { http }), ...(metrics === undefined ? {} : { metrics }) }
    : undefined;
}

function required<T>(value: T | undefined, message: string): T {
  if (value === undefined) {
    throw new Error(message);
  }
  return value;
}
