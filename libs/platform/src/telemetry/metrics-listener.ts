import { NestFactory } from '@nestjs/core';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import type { RequestListener } from 'node:http';
import type { ListenAddress } from '../config/values.js';
import { exactExpress } from '../lifecycle/exact-express.js';
import { listenHttp, type ListeningServer } from '../lifecycle/http-server.js';
import { PlainProblemFilter } from '../lifecycle/plain-problem.filter.js';
import { NestLogger } from '../logging/nest-logger.js';
import type { Logger } from '../logging/logger.js';

/**
 * Serves the metrics of this process, Node's own among them, on an address of their own, apart from the public
 * routes. `beforeScrape` brings up to date what is not counted as it happens; the answer waits for it, so it must be
 * quick; a rejection is a 500. Rejects with the system's error when the address cannot be bound.
 */
export async function startMetricsListener(
  address: ListenAddress,
  path: string,
  logger: Logger,
  beforeScrape: () => Promise<void>,
): Promise<ListeningServer> {
  const app = await NestFactory.create(
    PrometheusModule.register({ path, defaultMetrics: { enabled: true } }),
    exactExpress(),
    {
      logger: new NestLogger(logger),
    },
  );
  app.use((_request: unknown, _response: unknown, next: (error?: unknown) => void) => {
    beforeScrape().then(() => {
      next();
    }, next);
  });
  app.useGlobalFilters(new PlainProblemFilter(logger, [path]));
  await app.init();
  const listener = app.getHttpAdapter().getInstance() as RequestListener;
  const server = await listenHttp(listener, address, { logger });
  return {
    url: `${server.url}${path}`,
    drain: () => {
      server.drain();
    },
    close: async (graceMs) => {
      await server.close(graceMs);
      await app.close();
    },
  };
}
