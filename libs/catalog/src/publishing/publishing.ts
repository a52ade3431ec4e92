import { cancelJob, findJobs, retryFailedJob } from '@imgsrv/jobs';
import type { ChangeRecorder, Database } from '@imgsrv/platform';
import { VersionNotFoundError } from '../catalog.errors.js';
import { getImage, lockImage } from '../images/image.repository.js';
import { type ImageName, PUBLISH_JOB_ID } from '../names/names.js';
import { versionResource } from '../resources.js';
import { parseVersionAddress } from '../versions/version-address.js';
import { findVersionAt, lockVersion, refuseWithdrawn } from '../versions/version.repository.js';
import { audienceOf, type Viewer } from '../visibility.js';
import { beginPublish } from './begin-publish.js';
import { giveUpPublishing } from './binding.repository.js';
import { type PublishJob, type PublishJobSubject, toPublishJob } from './publish-job.js';
import { listPublishJobSubjects } from './publish-job.repository.js';
import { getLatestPublishJob, getPublishJob, getPublishJobSubject } from './read-publish-job.js';

/** Begins, shows, repeats and gives up publishes. The work itself is done by the publish job. */
export class Publishing {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Makes a complete draft `publishing` and queues its job, in one transaction. Repeating it, also at the same
   * time, gives the job that is there. The jobs of a `publisher`, a principal, take turns with those of others. Throws
   * NameTakenError, VersionEmptyError, BlobsNotVerifiedError, DeltaBaseUnusableError, DeltaTooLargeError, VersionWithdrawnError, VersionNotFoundError and
   * ImageNotFoundError.
   */
  async publish(image: string, version: string, publisher: string): Promise<PublishJob> {
    const address = parseVersionAddress(image, version);
    return this.database.transaction(async (tx) => {
      // Whoever sets an alias waits here too, so that a name is not taken twice at one moment.
      await lockImage(tx, address.image);
      const locked = await lockVersion(tx, address);
      refuseWithdrawn(locked);
      if (locked.state === 'draft') {
        await beginPublish(tx, this.changes, locked, { address, publisher, aliases: [] });
      }
      return getLatestPublishJob(tx, locked.id);
    });
  }

  /** Throws PublishJobNotFoundError. */
  async getJob(jobId: string): Promise<PublishJob> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.snapshot((connection) => getPublishJob(connection, id));
  }

  /** Of images whose drafts the viewer sees: first those that wait, run or have failed, then the newest of the others. */
  async list(viewer: Viewer, limit: number): Promise<PublishJob[]> {
    return this.database.snapshot(async (connection) => {
      const subjects = await listPublishJobSubjects(connection, viewer, limit);
      const found = await findJobs(
        connection,
        subjects.map(({ jobId }) => jobId),
      );
      const jobs = new Map(found.map((job) => [job.id, job]));
      return subjects.flatMap(({ jobId, ...subject }) => {
        const job = jobs.get(jobId);
        return job === undefined ? [] : [toPublishJob(job, subject)];
      });
    });
  }

  /** The image that a job publishes a version of. Throws PublishJobNotFoundError. */
  async imageOf(jobId: string): Promise<ImageName> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.use(async (connection) => (await getPublishJobSubject(connection, id)).imageName);
  }

  /** The job of the last publish. Throws PublishJobNotFoundError, VersionNotFoundError and ImageNotFoundError. */
  async getJobOfVersion(image: string, version: string): Promise<PublishJob> {
    const address = parseVersionAddress(image, version);
    return this.database.snapshot(async (connection) => {
      // Also of a withdrawn version: how it came to be published stays its history.
      await getImage(connection, address.image, 'writer');
      const version = await findVersionAt(connection, address, audienceOf('writer'));
      if (version === undefined) {
        throw new VersionNotFoundError();
      }
      return getLatestPublishJob(connection, version.id);
    });
  }

  /** Queues a failed job again, from its first failed step. Throws JobNotFailedError and PublishJobNotFoundError. */
  async retry(jobId: string): Promise<PublishJob> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.transaction(async (tx) => {
      const subject = await getPublishJobSubject(tx, id);
      await retryFailedJob(tx, id);
      await this.changes.record(tx, {
        action: 'publish_job.retry',
        resource: resourceOf(subject),
        before: { job_id: id, job_state: 'failed' },
        after: { job_id: id, job_state: 'queued' },
      });
      return getPublishJob(tx, id);
    });
  }

  /**
   * Gives up a job that is queued, running or failed; its version is a draft again. A publish that is just being finished
   * is either finished or given up. Throws JobOverError and PublishJobNotFoundError.
   */
  async cancel(jobId: string): Promise<PublishJob> {
    const id = PUBLISH_JOB_ID.parse(jobId);
    return this.database.transaction(async (tx) => {
      const subject = await getPublishJobSubject(tx, id);
      // The job's row first: the worker that finishes a publish takes the two in this order.
      const from = await cancelJob(tx, id);
      await giveUpPublishing(tx, subject.versionId);
      await this.changes.record(tx, {
        action: 'publish_job.cancel',
        resource: resourceOf(subject),
        before: { job_id: id, job_state: from, state: 'publishing' },
        after: { job_id: id, job_state: 'canceled', state: 'draft' },
      });
      return getPublishJob(tx, id);
    });
  }
}

function resourceOf({ imageName, version }: PublishJobSubject): string {
  return versionResource({ image: imageName, version });
}
