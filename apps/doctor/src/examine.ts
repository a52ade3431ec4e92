import { compareStore, examineStorage, type ObjectStore, type StoreComparison } from '@imgsrv/cas';
import {
  type Config,
  describeCauses,
  examineDatabase,
  type Finding,
  ok,
  problem,
  readFrom,
  warning,
} from '@imgsrv/platform';
import { MIGRATIONS } from '../../../migrations/index.js';

/** The database, the store, and what the one knows of the other. */
export async function examine(config: Config, store: ObjectStore | undefined): Promise<readonly Finding[]> {
  const { postgresUrl } = config;
  const ofDatabase =
    postgresUrl === undefined
      ? [problem('postgres: setting', 'None is named.', 'Set --postgres-url (IMGSRV_POSTGRES_URL).')]
      : await examineDatabase(postgresUrl, MIGRATIONS);
  const ofStore =
    store === undefined
      ? [problem('store: setting', 'None is named.', 'Set --storage-dir or the --s3-* settings.')]
      : await examineStorage(store, config);
  const isComparable =
    ofDatabase.some(({ check, verdict }) => check === 'postgres: schema' && verdict === 'ok') &&
    ofStore[0]?.verdict === 'ok';
  const ofBoth =
    isComparable && postgresUrl !== undefined && store !== undefined ? await compare(postgresUrl, store) : [];
  return [...ofDatabase, ...ofStore, ...ofBoth];
}

async function compare(url: string, store: ObjectStore): Promise<readonly Finding[]> {
  try {
    return toFindings(await readFrom(url, 'imgsrv-doctor', (connection) => compareStore(connection, store)));
  } catch (error) {
    return [
      problem('blobs', `They could not be compared: ${describeCauses(error)}.`, 'Mend that, and repeat.'),
    ];
  }
}

function toFindings({ blobs, lost, strays, foreign }: StoreComparison): readonly Finding[] {
  return [
    lost.count === 0
      ? ok('blobs: in the store', `All ${blobs} are there.`)
      : problem(
          'blobs: in the store',
          `${lost.count} of ${blobs} have no object: ${lost.first.join(', ')}${lost.count > lost.first.length ? ', …' : ''}.`,
          'Is the store older than the database, or another one? See docs/operators/backup-and-restore.md.',
        ),
    strays === 0
      ? ok('blobs: unknown objects', 'There are none.')
      : warning(
          'blobs: unknown objects',
          `No row knows ${strays} objects.`,
          'Workers remove them after --blob-grace. Many after a restore: is the database older, or another one?',
        ),
    foreign.count === 0
      ? ok('blobs: foreign keys', 'There are none.')
      : warning(
          'blobs: foreign keys',
          `There are ${foreign.count}: ${foreign.first.join(', ')}.`,
          'imgsrv leaves them alone. Keep nothing else below blobs/.',
        ),
  ];
}
