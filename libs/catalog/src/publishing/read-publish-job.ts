import { findJob, type JobId } from '@imgsrv/jobs';
import type { Connection } from '@imgsrv/platform';
import { PublishJobNotFoundError } from '../catalog.errors.js';
import type { VersionId } from '../names/names.js';
import { type PublishJob, type PublishJobSubject, toPublishJob } from './publish-job.js';
import { findLatestPublishJobId, findPublishJobSubject } from './publish-job.repository.js';

/** The publish of a version that was begun last. Throws PublishJobNotFoundError. */
export async function getLatestPublishJob(connection: Connection, versionId: VersionId): Promise<PublishJob> {
  const id = await findLatestPublishJobId(connection, versionId);
  if (id === undefined) {
    throw new PublishJobNotFoundError();
  }
  return getPublishJob(connection, id);
}

/** Throws PublishJobNotFoundError. */
export async function getPublishJob(connection: Connection, id: JobId): Promise<PublishJob> {
  const subject = await getPublishJobSubject(connection, id);
  const job = await findJob(connection, id);
  if (job === undefined) {
    throw new PublishJobNotFoundError();
  }
  return toPublishJob(job, subject);
}

/** Throws PublishJobNotFoundError. */
export async function getPublishJobSubject(connection: Connection, id: JobId): Promise<PublishJobSubject> {
  const subject = await findPublishJobSubject(connection, id);
  if (subject === undefined) {
    throw new PublishJobNotFoundError();
  }
  return subject;
}
