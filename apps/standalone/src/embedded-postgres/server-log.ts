import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from '@imgsrv/platform';

type Level = 'debug' | 'warn' | 'error';

/** The server's words for severity. An ERROR is the answer to one statement, and its sender handles it. */
const LEVELS: Readonly<Record<string, Level>> = { WARNING: 'warn', FATAL: 'warn', PANIC: 'error' };

const KEPT_LINES = 5;

/** Passes the lines that PostgreSQL writes on to our log, and keeps the last ones as the reason of an end. */
export class ServerLog {
  private readonly lines: string[] = [];
  private isEndExpected = false;
  private level: Level = 'debug';

  constructor(
    source: Readable,
    private readonly logger: Logger,
  ) {
    createInterface({ input: source }).on('line', (line) => {
      this.add(line);
    });
  }

  /** From here on the server's complaints about its end are nothing to warn of. */
  expectEnd(): void {
    this.isEndExpected = true;
  }

  /** What it said last: complaints if there are any, else everything kept. */
  lastLines(): string {
    const complaints = this.lines.filter((line) => /^(?:FATAL|PANIC|HINT|WARNING)/.test(line));
    const shown = complaints.length === 0 ? this.lines : complaints;
    return shown.length === 0 ? 'it ended without a word' : shown.join('; ');
  }

  private add(line: string): void {
    const severity = /^([A-Z]+\d?):\s+(.*)$/.exec(line);
    // Lines without a severity continue the one before.
    if (severity !== null) {
      this.level = LEVELS[severity[1] ?? ''] ?? 'debug';
    }
    this.lines.push(line.replaceAll(/\s+/g, ' '));
    if (this.lines.length > KEPT_LINES) {
      this.lines.shift();
    }
    const level = this.isEndExpected ? 'debug' : this.level;
    this.logger[level](`PostgreSQL: ${severity?.[2] ?? line.trim()}`);
  }
}
