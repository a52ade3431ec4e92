import { enqueueJob } from '@imgsrv/jobs';
import type { ChangeRecorder, Transaction } from '@imgsrv/platform';
import { countArtifacts } from '../artifacts/artifact.repository.js';
import { BlobsNotVerifiedError, VersionEmptyError } from '../catalog.errors.js';
import { refuseUnusableDeltas, refuseUnusableWishes } from '../deltas/refuse-unusable-deltas.js';
import type { AliasName } from '../names/names.js';
import { refuseTakenName } from '../names/name-claims.repository.js';
import { versionResource } from '../resources.js';
import type { VersionAddress } from '../versions/version-address.js';
import type { Version } from '../versions/version.js';
import { beginPublishing, lockDeclaredBlobs } from './binding.repository.js';
import { insertPublishJob } from './publish-job.repository.js';
import { PUBLISH_VERSION } from './publish-version.kind.js';

export interface PublishOrder {
  readonly address: VersionAddress;
  /** A principal, whose jobs take turns with those of others. */
  readonly publisher: string;
  /** What will name the version from the moment on in which it is published. */
  readonly aliases: readonly AliasName[];
}

/**
 * Makes a draft `publishing` and queues its job. To be called with the image and the version locked. Throws NameTakenError,
 * VersionEmptyError, BlobsNotVerifiedError, DeltaBaseUnusableError and DeltaTooLargeError.
 */
export async function beginPublish(
  tx: Transaction,
  changes: ChangeRecorder,
  draft: Version,
  { address, publisher, aliases }: PublishOrder,
): Promise<void> {
  await refuseTakenName(tx, draft.imageId, draft.version, 'version', draft.id);
  if ((await countArtifacts(tx, draft.id)) === 0) {
    throw new VersionEmptyError();
  }
  const missing = await lockDeclaredBlobs(tx, draft.id);
  if (missing.length > 0) {
    throw new BlobsNotVerifiedError(missing);
  }
  await refuseUnusableDeltas(tx, draft);
  await refuseUnusableWishes(tx, draft);
  await beginPublishing(tx, draft.id);
  const turn = { singletonKey: draft.id, fairnessKey: publisher };
  const jobId = await enqueueJob(tx, PUBLISH_VERSION, { versionId: draft.id }, turn);
  await insertPublishJob(tx, jobId, draft.id, aliases);
  await changes.record(tx, {
    action: 'version.publish',
    resource: versionResource(address),
    before: { state: 'draft' },
    after: { state: 'publishing', ...(aliases.length === 0 ? {} : { aliases }) },
  });
}
