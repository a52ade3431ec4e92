import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, type Logger, destination, levels, pino, symbols } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config.js';
import { currentTraceId } from '../telemetry/spans.js';

export type { Logger } from 'pino';

/** Fields that every log line written while handling one request or job carries; one object for each of these. */
export const logContext = new AsyncLocalStorage<Readonly<Record<string, string>>>();

/** The process logger: structured lines on stderr, as JSON or readable text. */
export function createLogger(
  config: Pick<Config, 'logFormat' | 'verbosity' | 'nodeName' | 'processName'>,
): Logger {
  return pino(
    {
      level: config.verbosity,
      base: { process: config.processName, node: config.nodeName },
      timestamp: createClock(),
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => logContext.getStore() ?? {},
      // One new object for a line instead of three: every request writes one.
      mixinMergeStrategy: mergeFields,
      redact: ['req.headers.authorization', 'authorization', 'token'],
    },
    stderrStream(config.logFormat),
  );
}

/** The time as pino's `isoTime` writes it, made once for all lines of a millisecond. */
function createClock(): () => string {
  let atMs = 0;
  let text = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) {
      atMs = nowMs;
      text = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return text;
  };
}

/** The trace leads from a line to it. */
function mergeFields(line: object, context: object): object {
  const traceId = currentTraceId();
  return traceId === undefined ? { ...context, ...line } : { ...context, trace_id: traceId, ...line };
}

/** What is kept for a reader of the log that is too slow: beyond that lines are lost, so that no answer waits for it. */
const MOST_UNREAD_BYTES = 4 * 2 ** 20;

function stderrStream(format: Config['logFormat']): DestinationStream {
  return format === 'json'
    ? new GatheredLines()
    : pretty({
        destination: 2,
        sync: true,
        colorize: process.stderr.isTTY,
        ignore: 'pid,hostname,node,process',
        translateTime: 'SYS:HH:MM:ss.l',
        messageFormat: '[{process}] {msg}',
        singleLine: true,
      });
}

const GATHER_MS = 10;
const WARN = levels.values.warn ?? 0;
/** Characters, which may be a few more. */
const MOST_GATHERED = 16_384;

/**
 * Writes the lines of a moment at once: each write is handed over to another thread, which costs more than its line. Warnings and
 * errors do not wait. However the process ends, unless it is killed, all lines are written.
 */
class GatheredLines implements DestinationStream {
  /** Asks pino for the level of each line. */
  readonly [symbols.needsMetadataGsym] = true;
  lastLevel = 0;
  private lines = '';
  private timer: NodeJS.Timeout | undefined;
  private readonly destination;

  constructor() {
    // Before the destination hears of it, which ends then.
    for (const event of ['beforeExit', 'exit']) {
      process.once(event, () => {
        this.pass();
      });
    }
    this.destination = destination({ dest: 2, sync: false, maxLength: MOST_UNREAD_BYTES });
  }

  write(line: string): void {
    this.lines += line;
    if (this.lines.length >= MOST_GATHERED || this.lastLevel >= WARN) {
      this.pass();
    } else {
      this.timer ??= setTimeout(() => {
        this.pass();
      }, GATHER_MS).unref();
    }
  }

  private pass(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.lines !== '') this.destination.write(this.lines);
    this.lines = '';
  }
}
