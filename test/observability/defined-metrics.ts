import type { Provider } from '@nestjs/common';
import { METRIC_PROVIDERS as API_PROVIDERS } from '../../apps/api/src/metrics/metrics.js';
import { METRIC_PROVIDERS as WORKER_PROVIDERS } from '../../apps/publisher-worker/src/metrics/metrics.js';

export interface DefinedMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** What the file of an app names, by metric. */
export const DEFINED_METRICS = {
  api: new Map(API_PROVIDERS.map(define)),
  worker: new Map(WORKER_PROVIDERS.map(define)),
};

function define(provider: Provider): [string, DefinedMetric] {
  if (!('useFactory' in provider)) {
    throw new Error('a provider of a metric makes it');
  }
  const metric = provider.useFactory() as DefinedMetric;
  return [metric.name, metric];
}
