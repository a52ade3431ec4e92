import { type ImgsrvClient, isProblem, type Schemas } from '@imgsrv/client';
import { CliError } from '../cli.errors.js';
import type { Progress } from '../output/progress.js';
import { uploadsFolder } from '../settings/folders.js';
import type { Terminal } from '../settings/terminal.js';
import { describeFiles, forgetDigests } from './describe-files.js';
import { declareArtifacts, findDifference } from './release-content.js';
import { filesOf, type ReleasePlan } from './release-plan.js';
import { type Release, submitRelease, throwAway } from './submit-release.js';
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
  const { image, version, aliases, metadata, visibility } = plan;
  const artifacts = declareArtifacts(plan, files);
  const release: Release = {
    image,
    version,
    aliases,
    artifacts,
    ...(metadata === undefined ? {} : { metadata }),
    ...(visibility === undefined ? {} : { visibility }),
  };
  const sent = (await isPublished(client, release, settings))
    ? { sentBytes: 0, resumedBytes: 0 }
    : await uploadFiles(client, [...files.values()], folder, { progress, signal, parts });
  const job = await submit(client, release, settings);
  await forgetDigests(filesOf(plan), folder);
  return { job, sent };
}

/** Whether these bytes are published already. What cannot end well is told before gigabytes are sent. */
async function isPublished(
  client: ImgsrvClient,
  release: Release,
  { signal, mayReplaceDraft }: PublishSettings,
): Promise<boolean> {
  const path = { name: release.image, version: release.version };
  let found: Schemas['ManifestResponse'];
  try {
    found = await client.call('get', '/v1/images/{name}/versions/{version}', { path, signal });
  } catch (error) {
    if (isProblem(error, 'image-not-found', 'version-not-found')) return false;
    throw error;
  }
  const { state } = found.version;
  const difference = findDifference(found, release.artifacts);
  if (difference === undefined) return state === 'published';
  if (mayReplaceDraft && state !== 'published') return false;
  throw new CliError(
    'conflict',
    `${release.image}:${release.version} is ${state === 'draft' ? 'a draft' : state} with other content. ${difference}`,
    conflictHint(state),
  );
}

async function submit(
  client: ImgsrvClient,
  release: Release,
  { signal, mayReplaceDraft, progress }: PublishSettings,
): Promise<Schemas['PublishJobResponse']> {
  try {
    return await submitRelease(client, release, signal);
  } catch (error) {
    if (isProblem(error, 'image-not-found')) {
      throw new CliError(
        'denied',
        `You may not publish ${release.image}.`,
        'imgsrv whoami shows the images that your grant covers.',
      );
    }
    if (!isProblem(error, 'release-conflict')) throw error;
    const { current_state: state = 'published', pointer } = error.problem;
    if (!mayReplaceDraft || !['draft', 'publishing'].includes(state)) {
      throw new CliError(
        'conflict',
        `${release.image}:${release.version}: ${error.message}`,
        pointer === '/aliases' ? 'To let another alias name it: imgsrv alias set.' : conflictHint(state),
      );
    }
  }
  await throwAway(client, release, signal);
  progress.line(`The draft ${release.image}:${release.version} is thrown away.`);
  return submitRelease(client, release, signal);
}

function conflictHint(state: string): string {
  return state === 'published'
    ? 'A published version never changes: publish these files as another version.'
    : 'If it is yours, throw it away with --replace-draft; else publish as another version.';
}
