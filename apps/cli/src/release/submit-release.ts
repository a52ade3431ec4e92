import { type ImgsrvClient, isProblem, type Schemas } from '@imgsrv/client';
import type { Visibility } from '../visibility.js';

/** All that a version is to be. */
export interface Release extends Required<Pick<Schemas['ReleaseRequest'], 'artifacts'>> {
  readonly image: string;
  readonly version: string;
  readonly aliases: readonly string[];
  readonly metadata?: Schemas['VersionMetadataRequest'];
  readonly visibility?: Visibility;
}

type Job = Schemas['PublishJobResponse'];

/**
 * Declares a release and queues its publish, by one request: all of it is done or nothing. Doing it again, also while another
 * does the same, gives the same job. Rejects with the problem `release-conflict` when the version has other content.
 */
export async function submitRelease(
  client: ImgsrvClient,
  { image, version, ...body }: Release,
  signal: AbortSignal,
): Promise<Job> {
  const path = { name: image, version };
  const job = await client.call('post', '/v1/images/{name}/versions/{version}/release', {
    path,
    body,
    signal,
    isRepeatable: true,
  });
  // One that failed before this run gets another chance: whatever it failed of may be mended.
  return job.state === 'failed'
    ? client.call('post', '/v1/publish-jobs/{job_id}/retry', {
        path: { job_id: job.id },
        signal,
        isRepeatable: true,
      })
    : job;
}

/** Throws a version away that is not published yet, with the publish that may be on its way. */
export async function throwAway(
  client: ImgsrvClient,
  { image, version }: Pick<Release, 'image' | 'version'>,
  signal: AbortSignal,
): Promise<void> {
  const path = { name: image, version };
  const found = await client.call('get', '/v1/images/{name}/versions/{version}', { path, signal });
  if (found.version.state === 'publishing') {
    const { id } = await client.call('get', '/v1/images/{name}/versions/{version}/publish-job', {
      path,
      signal,
    });
    await client.call('post', '/v1/publish-jobs/{job_id}/cancel', { path: { job_id: id }, signal });
  }
  await client
    .call('delete', '/v1/images/{name}/versions/{version}', { path, signal })
    .catch((error: unknown) => {
      if (!isProblem(error, 'version-not-found')) throw error;
    });
}
