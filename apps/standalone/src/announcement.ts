import type { Config } from '@imgsrv/platform';
import type { ServedUrls } from './service-child.js';

export interface AnnouncedState {
  readonly config: Config;
  readonly api: ServedUrls;
  readonly worker: ServedUrls;
  readonly isPostgresEmbedded: boolean;
  /** The folder of the blobs when the launcher chose it. */
  readonly storageDir: string | undefined;
  readonly isTokenPrinted: boolean;
}

/** The lines that tell a person what is up and where. */
export function announcement(state: AnnouncedState): string {
  const { config, api, worker } = state;
  const url = config.publicUrl ?? api.http ?? '';
  const metrics = [api.metrics, worker.metrics].filter((address) => address !== undefined);
  const rows = [
    ['Service', url],
    ...(config.publicUrl === undefined ? [] : [['Listening', api.http ?? '']]),
    ['API docs', `${url}/docs`],
    ...(metrics.length === 0 ? [] : [['Metrics', metrics.join('  ')]]),
    ['Postgres', state.isPostgresEmbedded ? `embedded, in ${config.dataDir}` : 'the one of --postgres-url'],
    ['Blobs', blobs(state)],
    ['Token', token(state)],
  ];
  const lines = rows.map(([name, value]) => `  ${(name ?? '').padEnd(10)} ${value ?? ''}`);
  return ['', 'imgsrv is up. Ctrl-C stops it.', ...lines, '', ''].join('\n');
}

function blobs({ config, storageDir }: AnnouncedState): string {
  return (
    storageDir ?? config.storageDir ?? `bucket ${config.s3?.bucket ?? ''} at ${config.s3?.endpoint ?? ''}`
  );
}

function token({ config, isTokenPrinted }: AnnouncedState): string {
  if (isTokenPrinted) {
    return 'printed above, valid for 24 hours';
  }
  return config.bootstrapTokenFile === undefined
    ? 'none printed, as an earlier one still counts'
    : `in ${config.bootstrapTokenFile}, unless an earlier one still counts`;
}
