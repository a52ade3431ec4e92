import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment, NODE_FLAGS } from '@imgsrv/platform';

export type ServiceName = 'api' | 'worker';

export interface ServiceChildOptions {
  readonly name: ServiceName;
  readonly flags: readonly string[];
  /** URL of the embedded PostgreSQL; undefined when the user's settings name one. */
  readonly postgresUrl: string | undefined;
  /** Called with each line that the process prints on its standard output. */
  readonly onLine: (line: string) => void;
}

/** Where a process says that it serves. */
export interface ServedUrls {
  readonly http?: string;
  readonly metrics?: string;
}

export interface ServiceEnd {
  readonly name: ServiceName;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const PROGRAMS: Readonly<Record<ServiceName, string>> = {
  api: join('api', 'src', 'main.js'),
  worker: join('publisher-worker', 'src', 'main.js'),
};

/**
 * An api or worker process. It is in a process group of its own, so that Ctrl-C reaches the launcher only; when the
 * launcher dies its IPC channel closes and the process ends by itself.
 */
export class ServiceChild {
  /** Resolves when it serves; stays pending when it never does. */
  readonly listening: Promise<ServedUrls>;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<ServiceEnd>;
  private readonly child: ChildProcess;

  constructor(private readonly options: ServiceChildOptions) {
    const program = join(import.meta.dirname, '..', '..', PROGRAMS[options.name]);
    const child = spawn(process.execPath, [...NODE_FLAGS, program, ...options.flags], {
      env: childEnvironment(options.postgresUrl === undefined ? {} : { 'postgres-url': options.postgresUrl }),
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      detached: true,
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', options.onLine);
    }
    this.listening = new Promise((resolve) => {
      child.on('message', (message) => {
        if (isListening(message)) {
          resolve(message);
        }
      });
    });
    this.ended = once(child, 'close').then(
      ([code, signal]) => this.end(code as number | null, signal as NodeJS.Signals | null),
      () => this.end(1, null),
    );
    this.child = child;
  }

  /**
   * Asks it to finish its work and end, with SIGTERM after its drain delay; kills it when it takes longer than
   * `timeoutMs`. A second time it ends at once.
   */
  async stop(signal: 'SIGTERM' | 'SIGINT', timeoutMs: number): Promise<ServiceEnd> {
    this.child.kill(signal);
    const timer = setTimeout(() => {
      this.kill();
    }, timeoutMs);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  /** Asks it to read its files again. To be called once it listens: before that it would die of it. */
  reread(): void {
    this.child.kill('SIGHUP');
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private end(code: number | null, signal: NodeJS.Signals | null): ServiceEnd {
    return { name: this.options.name, code, signal };
  }
}

function isListening(message: unknown): message is ServedUrls {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
}
