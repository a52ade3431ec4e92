import { existsSync } from 'node:fs';
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
  return ['', 'imgsrv is up. Ctrl-C stops it.', ...lines, ...firstSteps(state, url), '', ''].join('\n');
}

/** The command as npm finds it in a checkout; the image of containers has it in another place. */
const COMMAND = new URL('../../../../apps/cli/imgsrv.mjs', import.meta.url);

/** How somebody who has never published gets there; later starts print no token, and none of this. */
function firstSteps({ isTokenPrinted }: AnnouncedState, url: string): readonly string[] {
  if (!isTokenPrinted || !existsSync(COMMAND)) {
    return [];
  }
  return [
    '',
    'Publish a first image from a second terminal of this folder, with the token above:',
    `  export IMGSRV_URL=${url} IMGSRV_TOKEN=imgsrv_at_…`,
    '  export IMGSRV_TOKEN=$(npx imgsrv principals create me --role content-writer --with-token 1d)',
    '  npx imgsrv publish my-image 1.0 disk-amd64.qcow2 --alias latest',
  ];
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
