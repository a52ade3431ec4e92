import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Config } from '../config/config.js';
import { BUILD_INFO } from '../config/build-info.js';
import type { Logger } from '../logging/logger.js';

/**
 * Sends spans as OTLP over HTTP. The exporter and the sampler read the standard variables themselves: endpoint,
 * headers, certificates, sampling, and the name and attributes of the service, which win over ours.
 */
export function startOtlpTraces(
  { processName, nodeName }: Pick<Config, 'processName' | 'nodeName'>,
  logger: Logger,
): BasicTracerProvider {
  const complain = (message: string) => {
    logger.warn({ reason: message }, 'traces could not be sent');
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const ours = resourceFromAttributes({
    'service.name': `imgsrv-${processName}`,
    'service.version': BUILD_INFO.version,
    'service.instance.id': nodeName,
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(ours)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  trace.setGlobalTracerProvider(provider);
  return provider;
}
