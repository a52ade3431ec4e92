import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, type Logger, destination, pino } from 'pino';
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
      mixinMergeStrategy: (line, context) => ({ ...context, ...traceFields(), ...line }),
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

/** Leads from a line to its trace. */
function traceFields(): { readonly trace_id?: string } {
  const traceId = currentTraceId();
  return traceId === undefined ? {} : { trace_id: traceId };
}

/** What is kept for a reader of the log that is too slow: beyond that lines are lost, so that no answer waits for it. */
const MOST_UNREAD_BYTES = 4 * 2 ** 20;

function stderrStream(format: Config['logFormat']): DestinationStream {
  return format === 'json'
    ? destination({ dest: 2, sync: false, maxLength: MOST_UNREAD_BYTES })
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
