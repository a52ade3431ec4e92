import { PermanentJobError } from '@imgsrv/jobs';
import type { Transaction } from '@imgsrv/platform';
import { refuseUnusableAliases } from '../aliases/future-aliases.js';
import { CatalogLimitError, NameTakenError, VersionNotFoundError } from '../catalog.errors.js';
import { lockImage } from '../images/image.repository.js';
import type { VersionId } from '../names/names.js';
import { findVersionAt } from '../versions/version.repository.js';
import { markPublished } from './binding.repository.js';
import { findLatestPublishJobId, findPublishJobSubject } from './publish-job.repository.js';
import { audienceOf } from '../visibility.js';

/**
 * Makes a version published, from now on and for ever, and lets the aliases of its publish name it in the same transaction.
 * Throws PermanentJobError when one of them stands for something else by now.
 */
export async function finishPublishing(tx: Transaction, versionId: VersionId): Promise<void> {
  await requireUsableAliases(tx, versionId);
  await markPublished(tx, versionId);
}

async function requireUsableAliases(tx: Transaction, versionId: VersionId): Promise<void> {
  const jobId = await findLatestPublishJobId(tx, versionId);
  const subject = jobId && (await findPublishJobSubject(tx, jobId));
  if (subject === undefined || subject.aliases.length === 0) {
    return;
  }
  await lockImage(tx, subject.imageName);
  const version = await findVersionAt(
    tx,
    { image: subject.imageName, version: subject.version },
    audienceOf('writer'),
  );
  if (version === undefined) {
    throw new VersionNotFoundError();
  }
  try {
    await refuseUnusableAliases(tx, version, subject.aliases);
  } catch (error) {
    throw error instanceof NameTakenError || error instanceof CatalogLimitError
      ? new PermanentJobError(`The aliases cannot be moved: ${error.message}`, { cause: error })
      : error;
  }
}
