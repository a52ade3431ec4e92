import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { Logger } from '../logging/logger.js';

export interface Tracing {
  /** Sends what was not sent yet, for a short time, and ends tracing. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 2000;

/**
 * Begins to send traces when the settings name an OTLP endpoint; the libraries that do it are loaded only then. A
 * collector that is not there costs the spans and a warning, nothing else.
 */
export async function startTracing(
  config: Pick<Config, 'processName' | 'nodeName' | 'isTraced'>,
  logger: Logger,
): Promise<Tracing> {
  if (!config.isTraced) {
    return { stop: () => Promise.resolve() };
  }
  const { startOtlpTraces } = await import('./otlp-traces.js');
  const provider = startOtlpTraces(config, logger);
  return {
    stop: async () => {
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, delay(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
