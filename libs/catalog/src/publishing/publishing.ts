import { cancelJob, enqueueJob, findJob, type JobId, retryFailedJob } from '@imgsrv/jobs';
import type { ChangeRecorder, Connection, Database, Transaction } from '@imgsrv/platform';
import { countArtifacts } from '../artifacts/artifact.repository.js';
import {
  BlobsNotVerifiedError,
  PublishJobNotFoundError,
  VersionEmptyError,
  VersionNotFoundError,
} from '../catalog.errors.js';
import { getImage, lockImage } from '../images/image.repository.js';
import { refuseTakenName } from '../names/name-claims.repository.js';
import { type ImageName, PUBLISH_JOB_ID, type VersionId } from '../names/names.js';
import { versionResource } from '../resources.js';
import { parseVersionAddress } from '../versions/version-address.js';
import { findVersionAt, lockVersion, refuseWithdrawn } from '../versions/version.repository.js';
import { beginPublishing, giveUpPublishing, lockDeclaredBlobs } from './binding.repository.js';
import { type PublishJob, type PublishJobSubject, toPublishJob } from './publish-job.js';
import { findLatestPublishJobId, findPublishJobSubject, insertPublishJob } from './publish-job.repository.js';
import { PUBLISH_VERSION } from './publish-version.kind.js';

/** Begins, shows, repeats and gives up publishes. The work itself is done by the publish job. */
export class Publishing {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Makes a complete draft `publishing` and queues its job, in one transaction. Repeating it, also at the same
   * time, gives the job that is there. The jobs of a `publisher`, a principal, take turns with those of others. Throws
   * NameTakenError, VersionEmptyError, BlobsNotVerifiedError, VersionWithdrawnError, VersionNotFoundError and
   * ImageNotFoundError.
   */
  async publish(image: string, version: string, publisher: string): Promise<PublishJob> {
    const address = parseVersionAddress(image, version);
    return this.database.transaction(async (tx) => {
      // Whoever sets an alias waits here too, so that a name is not taken twice at one moment.
      const { id: imageId } = await lockImage(tx, address.image);
      const locked = await lockVersion(tx, address);
      refuseWithdrawn(locked);
      if (locked.state === 'draft') {
        await refuseTakenName(tx, imageId, address.version, 'version', locked.id);
        await begin(tx, locked.id, publisher);
        await this.changes.record(tx, {
          action: 'version.publish',
          resource: versionResource(address),
          before: { state: 'draft' },
          after: { state: 'publishing' },
        });
      }
      return getLatestJob(tx, locked.id);
    });
  }

  /** Throws PublishJobNotFoundError. */
  async getJob(jobId: string): Promise<PublishJob> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.snapshot((connection) => getJob(connection, id));
  }

  /** The image that a job publishes a version of. Throws PublishJobNotFoundError. */
  async imageOf(jobId: string): Promise<ImageName> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.use(async (connection) => (await getSubject(connection, id)).imageName);
  }

  /** The job of the last publish. Throws PublishJobNotFoundError, VersionNotFoundError and ImageNotFoundError. */
  async getJobOfVersion(image: string, version: string): Promise<PublishJob> {
    const address = parseVersionAddress(image, version);
    return this.database.snapshot(async (connection) => {
      // Also of a withdrawn version: how it came to be published stays its history.
      await getImage(connection, address.image, 'writer');
      const version = await findVersionAt(connection, address);
      if (version === undefined) {
        throw new VersionNotFoundError();
      }
      return getLatestJob(connection, version.id);
    });
  }

  /** Queues a failed job again, from its first failed step. Throws JobNotFailedError and PublishJobNotFoundError. */
  async retry(jobId: string): Promise<PublishJob> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.transaction(async (tx) => {
      const subject = await getSubject(tx, id);
      await retryFailedJob(tx, id);
      await this.changes.record(tx, {
        action: 'publish_job.retry',
        resource: resourceOf(subject),
        before: { job_id: id, job_state: 'failed' },
        after: { job_id: id, job_state: 'queued' },
      });
      return getJob(tx, id);
    });
  }

  /**
   * Gives up a job that is queued, running or failed; its version is a draft again. A publish that is just being finished
   * is either finished or given up. Throws JobOverError and PublishJobNotFoundError.
   */
  async cancel(jobId: string): Promise<PublishJob> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.transaction(async (tx) => {
      const subject = await getSubject(tx, id);
      // The job's row first: the worker that finishes a publish takes the two in this order.
      const from = await cancelJob(tx, id);
      await giveUpPublishing(tx, subject.versionId);
      await this.changes.record(tx, {
        action: 'publish_job.cancel',
        resource: resourceOf(subject),
        before: { job_id: id, job_state: from, state: 'publishing' },
        after: { job_id: id, job_state: 'canceled', state: 'draft' },
      });
      return getJob(tx, id);
    });
  }
}

async function begin(tx: Transaction, versionId: VersionId, publisher: string): Promise<void> {
  if ((await countArtifacts(tx, versionId)) === 0) {
    throw new VersionEmptyError();
  }
  const missing = await lockDeclaredBlobs(tx, versionId);
  if (missing.length > 0) {
    throw new BlobsNotVerifiedError(missing);
  }
  await beginPublishing(tx, versionId);
  const turn = { singletonKey: versionId, fairnessKey: publisher };
  const jobId = await enqueueJob(tx, PUBLISH_VERSION, { versionId }, turn);
  await insertPublishJob(tx, jobId, versionId);
}

function resourceOf({ imageName, version }: PublishJobSubject): string {
  return versionResource({ image: imageName, version });
}

async function getLatestJob(connection: Connection, versionId: VersionId): Promise<PublishJob> {
  const id = await findLatestPublishJobId(connection, versionId);
  if (id === undefined) {
    throw new PublishJobNotFoundError();
  }
  return getJob(connection, id);
}

async function getJob(connection: Connection, id: JobId): Promise<PublishJob> {
  const subject = await getSubject(connection, id);
  const job = await findJob(connection, id);
  if (job === undefined) {
    throw new PublishJobNotFoundError();
  }
  return toPublishJob(job, subject);
}

async function getSubject(connection: Connection, id: JobId): Promise<PublishJobSubject> {
  const subject = await findPublishJobSubject(connection, id);
  if (subject === undefined) {
    throw new PublishJobNotFoundError();
  }
  return subject;
}
