import type { JobId } from '@imgsrv/jobs';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { AliasName, ImageName, VersionId, VersionName } from '../names/names.js';
import { isSeenImage, seenImages, type Viewer } from '../visibility.js';
import type { PublishJobSubject } from './publish-job.js';

/** Those that somebody waits for, or that failed, before those that are over. */
const IS_PENDING = "j.state IN ('queued', 'running', 'failed')";

interface SubjectRow {
  readonly version_id: VersionId;
  readonly image_name: ImageName;
  readonly version: VersionName;
  readonly aliases: readonly AliasName[];
}

export async function insertPublishJob(
  tx: Transaction,
  id: JobId,
  versionId: VersionId,
  aliases: readonly AliasName[],
): Promise<void> {
  await tx.rows('INSERT INTO publish_jobs (job_id, version_id, aliases) VALUES ($1, $2, $3)', [
    id,
    versionId,
    aliases,
  ]);
}

/** What a publish job is about, or undefined when the id is none of one. */
export async function findPublishJobSubject(
  connection: Connection,
  id: JobId,
): Promise<PublishJobSubject | undefined> {
  const [row] = await connection.rows<SubjectRow>(
    `SELECT p.version_id, i.name AS image_name, v.version, p.aliases
       FROM publish_jobs p JOIN versions v ON v.id = p.version_id JOIN images i ON i.id = v.image_id
      WHERE p.job_id = $1`,
    [id],
  );
  return (
    row && {
      versionId: row.version_id,
      imageName: row.image_name,
      version: row.version,
      aliases: row.aliases,
    }
  );
}

/** The publish of a version that was begun last, or undefined when there was none. */
export async function findLatestPublishJobId(
  connection: Connection,
  versionId: VersionId,
): Promise<JobId | undefined> {
  const [row] = await connection.rows<{ job_id: JobId }>(
    `SELECT p.job_id FROM publish_jobs p WHERE p.version_id = $1 ORDER BY p.created_at DESC LIMIT 1`,
    [versionId],
  );
  return row?.job_id;
}

/** The publishes of images whose drafts the viewer sees: first those that are not over, then the newest. */
export async function listPublishJobSubjects(
  connection: Connection,
  viewer: Viewer,
  limit: number,
): Promise<(PublishJobSubject & { readonly jobId: JobId })[]> {
  const rows = await connection.rows<SubjectRow & { readonly job_id: JobId }>(
    `SELECT p.job_id, p.version_id, i.name AS image_name, v.version, p.aliases
       FROM publish_jobs p JOIN jobs j ON j.id = p.job_id
       JOIN versions v ON v.id = p.version_id JOIN images i ON i.id = v.image_id
      WHERE ${isSeenImage('i', '$2')}
      ORDER BY ${IS_PENDING} DESC, p.created_at DESC, p.job_id LIMIT $1`,
    [limit, seenImages(viewer)],
  );
  return rows.map((row) => ({
    jobId: row.job_id,
    versionId: row.version_id,
    imageName: row.image_name,
    version: row.version,
    aliases: row.aliases,
  }));
}
