import { describeCauses, type Finding, ok, problem, type S3Config, warning } from '@imgsrv/platform';
import { examineStore } from './examine-store.js';
import { foreignFiles } from './filesystem/foreign-files.js';
import type { ObjectStore } from './object-store.js';
import { examineBucket } from './s3/examine-bucket.js';

const MOST_NAMED = 5;

/** Everything there is to say of the store that the settings name, without the database. */
export async function examineStorage(
  store: ObjectStore,
  settings: { readonly s3?: S3Config; readonly storageDir?: string },
): Promise<readonly Finding[]> {
  const findings = await examineStore(store);
  const isThere = findings[0]?.verdict === 'ok';
  if (!isThere) return findings;
  if (settings.s3 !== undefined) return [...findings, ...(await examineBucket(settings.s3))];
  return settings.storageDir === undefined ? findings : [...findings, await foreign(settings.storageDir)];
}

async function foreign(dir: string): Promise<Finding> {
  const check = 'store: foreign files';
  try {
    const names: string[] = [];
    let count = 0;
    for await (const name of foreignFiles(dir)) {
      count += 1;
      if (names.length < MOST_NAMED) names.push(name);
    }
    return count === 0
      ? ok(check, 'There are none.')
      : warning(
          check,
          `There are ${count}: ${names.join(', ')}.`,
          'imgsrv leaves them alone. Keep nothing else there.',
        );
  } catch (error) {
    return problem(check, describeCauses(error), 'Every process has to read the whole folder.');
  }
}
