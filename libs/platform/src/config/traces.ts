/**
 * Whether the standard variables of OpenTelemetry ask for traces: an OTLP endpoint is named and nothing turns them
 * off. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function wantsTraces(environment: NodeJS.ProcessEnv): boolean {
  const endpoint =
    environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  const isOff =
    environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' ||
    environment['OTEL_TRACES_EXPORTER'] === 'none';
  return endpoint !== '' && !isOff;
}
