import { type ImgsrvClient, isProblem, type Schemas } from '@imgsrv/client';
import { CliError } from '../cli.errors.js';
import { type DeclaredArtifact, findDifference, keyOf } from './release-content.js';

export interface Release {
  readonly image: string;
  readonly version: string;
  readonly aliases: readonly string[];
  readonly artifacts: readonly DeclaredArtifact[];
}

/** Declares a release and queues its publish. Doing it again, also while another does the same, gives the same job. */
export async function submitRelease(
  client: ImgsrvClient,
  release: Release,
  signal: AbortSignal,
): Promise<Schemas['PublishJobResponse']> {
  const { image: name, version, artifacts } = release;
  const path = { name, version };
  await unlessThere(
    'image-exists',
    client.call('post', '/v1/images', { body: { name }, signal, isRepeatable: true }),
  );
  await unlessThere(
    'version-exists',
    client.call('post', '/v1/images/{name}/versions', {
      path: { name },
      body: { version },
      signal,
      isRepeatable: true,
    }),
  );
  const found = await client.call('get', '/v1/images/{name}/versions/{version}', { path, signal });
  requireSame(found, release);
  if (found.version.state === 'draft') await declare(client, release, found, signal);
  const declared = await client.call('get', '/v1/images/{name}/versions/{version}', { path, signal });
  requireSame(declared, { ...release, artifacts });
  return client.call('post', '/v1/images/{name}/versions/{version}/publish', {
    path,
    signal,
    isRepeatable: true,
  });
}

/** Throws a conflict when a version has something else. */
export function requireSame(
  found: Schemas['ManifestResponse'],
  { image, version, artifacts }: Release,
): void {
  const difference = findDifference(found, artifacts);
  if (difference === undefined) return;
  const { state } = found.version;
  throw new CliError(
    'conflict',
    `${image}:${version} is ${state === 'draft' ? 'a draft' : state} with other content. ${difference}`,
    state === 'published'
      ? 'A published version never changes: publish these files as another version.'
      : 'If it is yours, throw it away with --replace-draft; else publish as another version.',
  );
}

async function declare(
  client: ImgsrvClient,
  { image: name, version, artifacts }: Release,
  found: Schemas['ManifestResponse'],
  signal: AbortSignal,
): Promise<void> {
  for (const { attachments, ...artifact } of artifacts) {
    const known = found.artifacts.find((entry) => keyOf(entry.artifact) === keyOf(artifact));
    const id = known?.artifact.id ?? (await createArtifact(client, { name, version }, artifact, signal));
    for (const attachment of attachments) {
      if (known?.attachments.some((other) => other.name === attachment.name) === true) continue;
      await unlessThere(
        'attachment-exists',
        client.call('post', '/v1/images/{name}/versions/{version}/artifacts/{artifact_id}/attachments', {
          path: { name, version, artifact_id: id },
          body: attachment,
          signal,
          isRepeatable: true,
        }),
      );
    }
  }
}

async function createArtifact(
  client: ImgsrvClient,
  path: { readonly name: string; readonly version: string },
  body: Schemas['CreateArtifactRequest'],
  signal: AbortSignal,
): Promise<string> {
  const at = '/v1/images/{name}/versions/{version}/artifacts';
  try {
    return (await client.call('post', at, { path, body, signal, isRepeatable: true })).id;
  } catch (error) {
    // An answer that was lost, or somebody else: the comparison that follows tells.
    if (!isProblem(error, 'artifact-exists')) throw error;
    const { artifacts } = await client.call('get', '/v1/images/{name}/versions/{version}', { path, signal });
    const there = artifacts.find(({ artifact }) => keyOf(artifact) === keyOf(body));
    if (there === undefined) throw error;
    return there.artifact.id;
  }
}

async function unlessThere(code: string, call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!isProblem(error, code)) throw error;
  });
}
