import type { Config, ListenAddress } from '@imgsrv/platform';
import type { ServiceName } from './service-child.js';

const MAX_PORT = 65_535;

/** The user's flags, and after them, where the last one wins, what differs for a service under the launcher. */
export function serviceFlags(
  name: ServiceName,
  userFlags: readonly string[],
  config: Pick<Config, 'metricsListen'>,
  storageDir: string | undefined,
): string[] {
  // A lone `--` ends the flags, and nothing may come after them anyway.
  const given = userFlags.filter((flag) => flag !== '--');
  const storage = storageDir === undefined ? [] : ['--storage-dir', storageDir];
  const own =
    name === 'api' ? [] : ['--listen', '', '--metrics-listen', workerMetricsListen(config.metricsListen)];
  return [...given, ...storage, ...own];
}

/** Beside the api's metrics: the next port, on the same host. */
function workerMetricsListen(ofApi: ListenAddress | undefined): string {
  if (ofApi === undefined) {
    return '';
  }
  const host = ofApi.host?.includes(':') === true ? `[${ofApi.host}]` : (ofApi.host ?? '');
  const port = ofApi.port === 0 || ofApi.port === MAX_PORT ? 0 : ofApi.port + 1;
  return `${host}:${port}`;
}
