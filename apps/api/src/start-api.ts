import { setTimeout as delay } from 'node:timers/promises';
import {
  type Config,
  descriptorLimit,
  InvalidSettingError,
  listenHttp,
  type Logger,
  type RunningService,
  startMetricsListener,
  startTracing,
} from '@imgsrv/platform';
import { bootstrapWhenReady } from './auth/bootstrap-when-ready.js';
import { createApi } from './create-api.js';

/** Serves the api until it is stopped. */
export async function startApi(config: Config, logger: Logger): Promise<RunningService> {
  if (config.listen === undefined) {
    throw new InvalidSettingError('--listen (IMGSRV_LISTEN) must not be empty for the api.');
  }
  const tracing = await startTracing(config, logger);
  const api = await createApi(config, logger);
  const server = await listenHttp(api.listener, config.listen, {
    logger,
    onRefused: api.countRefused,
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    keepAliveMs: config.keepAliveTimeoutMs,
    limits: {
      perSource: config.shares.connectionsPerSource,
      exempt: config.trustedProxies,
      descriptors: descriptorLimit(),
    },
    observer: api.connections,
  });
  const metrics =
    config.metricsListen === undefined
      ? undefined
      : await startMetricsListener(config.metricsListen, config.metricsPath, logger, () =>
          api.scrape.sample(),
        );
  const stopping = new AbortController();
  const connected = api.database.start();
  const bootstrap = bootstrapWhenReady({
    database: api.database,
    logger,
    signal: stopping.signal,
    ...(config.bootstrapTokenFile === undefined ? {} : { tokenFile: config.bootstrapTokenFile }),
  });
  await Promise.race([Promise.all([connected, bootstrap]), patience()]);
  await api.readiness.start();
  return {
    urls: { http: server.url, ...(metrics === undefined ? {} : { metrics: metrics.url }) },
    failed: connected,
    stop: async (drainDelayMs) => {
      stopping.abort();
      api.readiness.drain();
      server.drain();
      await delay(drainDelayMs);
      await server.close(config.shutdownTimeoutMs);
      await metrics?.close(0);
      // The bootstrap may still wait for a database that never came; closing ends that.
      await Promise.all([bootstrap, api.close()]);
      await tracing.stop();
    },
  };
}

const PATIENCE_MS = 2000;

/** The process is up even when its database is not: it answers 503 until then. */
function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS).unref();
  });
}
