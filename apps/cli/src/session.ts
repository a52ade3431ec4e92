import { ImgsrvClient } from '@imgsrv/client';
import { printable } from './output/printable.js';
import { openProgress, type Progress } from './output/progress.js';
import { durationText, readDuration } from './output/units.js';
import { type ResolvedServer, type ServerOptions, resolveServer } from './settings/resolve-server.js';
import type { Terminal } from './settings/terminal.js';
import { CLI_VERSION } from './version.js';

/** Options of every command. */
export interface GlobalOptions extends ServerOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly retryFor?: string;
}

/** How long a command that a person waits for goes on asking a server that does not answer. */
const SHORT_PATIENCE_MS = 2000;
/** Uploads and downloads outlast a restart of the server. */
export const LONG_PATIENCE_MS = 300_000;
/** Below this a wait is not worth a line. */
const TOLD_DELAY_MS = 1000;

/** One run of a command: whom it speaks to, and how it speaks to its user. */
export class Session {
  private readonly clients: ImgsrvClient[] = [];
  private shown: Progress | undefined;

  constructor(
    readonly terminal: Terminal,
    readonly options: GlobalOptions,
  ) {}

  get signal(): AbortSignal {
    return this.terminal.signal;
  }

  server(): Promise<ResolvedServer> {
    return resolveServer(this.options, this.terminal);
  }

  /** A client of the chosen server. `patienceMs`: how long a failing request is repeated, unless the user says. */
  async client(patienceMs = SHORT_PATIENCE_MS): Promise<ImgsrvClient> {
    return this.clientOf(await this.server(), patienceMs);
  }

  clientOf(server: Pick<ResolvedServer, 'client'>, patienceMs = SHORT_PATIENCE_MS): ImgsrvClient {
    const { retryFor } = this.options;
    const client = new ImgsrvClient({
      ...server.client,
      userAgent: `imgsrv-cli/${CLI_VERSION}`,
      patienceMs: retryFor === undefined ? patienceMs : readDuration(retryFor, '--retry-for'),
      onRetry: (error, delayMs) => {
        if (delayMs >= TOLD_DELAY_MS) this.note(`${error.message} Trying again in ${durationText(delayMs)}.`);
      },
    });
    this.clients.push(client);
    return client;
  }

  /** The result: as JSON when asked for, else as `text` says it. */
  show(result: unknown, text: () => string): void {
    if (this.options.json === true) {
      // Control characters of the upper half are for terminals what those of the lower half are, which JSON escapes.
      const json = JSON.stringify(result, undefined, 2).replaceAll(/[\x7f-\x9f]/g, escapeUnit);
      this.terminal.stdout.write(`${json}\n`);
      return;
    }
    const shown = text();
    if (shown !== '') this.terminal.stdout.write(`${printable(shown)}\n`);
  }

  /** A line of the result, for results that grow: as JSON on one line when asked for. */
  showLine(entry: unknown, text: () => string): void {
    const line =
      this.options.json === true
        ? JSON.stringify(entry).replaceAll(/[\x7f-\x9f]/g, escapeUnit)
        : printable(text());
    this.terminal.stdout.write(`${line}\n`);
  }

  /** Something to know on the way, on stderr. */
  note(text: string): void {
    if (this.options.quiet === true) return;
    const line = printable(text);
    if (this.shown === undefined) this.terminal.stderr.write(`${line}\n`);
    else this.shown.line(line);
  }

  /** Shows the progress of `work`, which the result follows. */
  async withProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
    if (this.options.quiet === true) return work(SILENT);
    this.shown = openProgress(this.terminal);
    try {
      return await work(this.shown);
    } finally {
      this.shown.close();
      this.shown = undefined;
    }
  }

  close(): void {
    this.clients.forEach((client) => {
      client.close();
    });
  }
}

const SILENT: Progress = {
  start: () => ({ update: () => undefined, finish: () => undefined }),
  line: () => undefined,
  close: () => undefined,
};

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
