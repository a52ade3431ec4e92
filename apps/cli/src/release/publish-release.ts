import { type ImgsrvClient, isProblem, type Schemas } from '@imgsrv/client';
import type { Progress } from '../output/progress.js';
import { uploadsFolder } from '../settings/folders.js';
import type { Terminal } from '../settings/terminal.js';
import { describeFiles, forgetDigests } from './describe-files.js';
import { declareArtifacts } from './release-content.js';
import { filesOf, type ReleasePlan } from './release-plan.js';
import { type Release, requireSame, submitRelease } from './submit-release.js';
import { type PartSettings, type SentAmount, uploadFiles } from './upload-files.js';

export interface PublishSettings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly parts: PartSettings;
  readonly mayReplaceDraft: boolean;
}

export interface BegunPublish {
  readonly job: Schemas['PublishJobResponse'];
  readonly sent: SentAmount;
}

/**
 * From files to a queued publish. Every step may be done again, by another process as well: bytes that the server has are not
 * sent, and a version that has this content already is what was wanted.
 */
export async function publishRelease(
  client: ImgsrvClient,
  plan: ReleasePlan,
  settings: PublishSettings,
): Promise<BegunPublish> {
  const { progress, signal, terminal, parts } = settings;
  const folder = uploadsFolder(terminal);
  const files = await describeFiles(filesOf(plan), folder, { progress, signal });
  const { image, version, aliases } = plan;
  const release: Release = { image, version, aliases, artifacts: declareArtifacts(plan, files) };
  const isDone = await lookFirst(client, release, settings);
  const sent = isDone
    ? { sentBytes: 0, resumedBytes: 0 }
    : await uploadFiles(client, [...files.values()], folder, { progress, signal, parts });
  const job = await submitRelease(client, release, signal);
  await forgetDigests(filesOf(plan), folder);
  return { job: await again(client, job, signal), sent };
}

/** Whether the version is published already. What cannot end well is told before gigabytes are sent. */
async function lookFirst(
  client: ImgsrvClient,
  release: Release,
  settings: PublishSettings,
): Promise<boolean> {
  const path = { name: release.image, version: release.version };
  const { signal } = settings;
  let found: Schemas['ManifestResponse'];
  try {
    found = await client.call('get', '/v1/images/{name}/versions/{version}', { path, signal });
  } catch (error) {
    if (isProblem(error, 'image-not-found', 'version-not-found')) return false;
    throw error;
  }
  try {
    requireSame(found, release);
    return found.version.state === 'published';
  } catch (error) {
    if (!settings.mayReplaceDraft || found.version.state === 'published') throw error;
  }
  if (found.version.state === 'publishing') {
    const job = await client.call('get', '/v1/images/{name}/versions/{version}/publish-job', {
      path,
      signal,
    });
    await client.call('post', '/v1/publish-jobs/{job_id}/cancel', { path: { job_id: job.id }, signal });
  }
  await client.call('delete', '/v1/images/{name}/versions/{version}', { path, signal });
  settings.progress.line(`The draft ${release.image}:${release.version} is thrown away.`);
  return false;
}

/** A job that failed before this run gets another chance: whatever it failed of may be mended. */
async function again(
  client: ImgsrvClient,
  job: Schemas['PublishJobResponse'],
  signal: AbortSignal,
): Promise<Schemas['PublishJobResponse']> {
  if (job.state !== 'failed') return job;
  return client.call('post', '/v1/publish-jobs/{job_id}/retry', {
    path: { job_id: job.id },
    signal,
    isRepeatable: true,
  });
}
