import { type ImgsrvClient, isProblem, listEntries, type Schemas } from '@imgsrv/client';
import { CliError, usageError } from './cli.errors.js';

export interface ImageRef {
  readonly image: string;
  /** A version or an alias. */
  readonly ref?: string;
}

const IMAGE = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const REF = /^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$/;
const DEFAULT_ALIAS = 'latest';

/** `IMAGE` or `IMAGE:REF`; throws a usage error for anything else. */
export function readImageRef(text: string): ImageRef {
  const colon = text.indexOf(':');
  const image = colon < 0 ? text : text.slice(0, colon);
  const ref = colon < 0 ? undefined : text.slice(colon + 1);
  if (!IMAGE.test(image) || (ref !== undefined && !REF.test(ref))) {
    throw usageError(
      `${text} is no image.`,
      'Write IMAGE or IMAGE:VERSION or IMAGE:ALIAS, such as debian:12.1.',
    );
  }
  return ref === undefined ? { image } : { image, ref };
}

/** The same with a version or alias that has to be named. */
export function readFullRef(text: string): Required<ImageRef> {
  const { image, ref } = readImageRef(text);
  if (ref === undefined)
    throw usageError(`${text} names no version.`, `Write IMAGE:VERSION, such as ${image}:1.0.`);
  return { image, ref };
}

/** An image without a version. */
export function readImage(text: string): string {
  const { image, ref } = readImageRef(text);
  if (ref !== undefined)
    throw usageError(`${text} names a version; this is about a whole image.`, `Write ${image}.`);
  return image;
}

/**
 * The manifest that a name stands for. Without a version it is the alias `latest` or, as for Incus, the newest published
 * version. A version that is not published is found by those who may see it.
 */
export async function findManifest(
  client: ImgsrvClient,
  { image, ref }: ImageRef,
  signal: AbortSignal,
): Promise<Schemas['ManifestResponse']> {
  try {
    return await published(client, image, ref ?? DEFAULT_ALIAS, signal);
  } catch (error) {
    if (!isProblem(error, 'ref-not-found')) throw error;
    if (ref !== undefined)
      return await unpublished(client, image, ref, signal).catch(() => Promise.reject(error));
    return published(client, image, await newestVersion(client, image, signal), signal);
  }
}

function published(
  client: ImgsrvClient,
  name: string,
  ref: string,
  signal: AbortSignal,
): Promise<Schemas['ManifestResponse']> {
  return client.call('get', '/v1/images/{name}/refs/{ref}', { path: { name, ref }, signal });
}

function unpublished(
  client: ImgsrvClient,
  name: string,
  version: string,
  signal: AbortSignal,
): Promise<Schemas['ManifestResponse']> {
  return client.call('get', '/v1/images/{name}/versions/{version}', { path: { name, version }, signal });
}

async function newestVersion(client: ImgsrvClient, name: string, signal: AbortSignal): Promise<string> {
  const versions = listEntries(client, '/v1/images/{name}/versions', 'versions', {
    path: { name },
    query: { limit: 1 },
    signal,
  });
  for await (const { version } of versions) return version;
  throw new CliError(
    'not-found',
    `Nothing of ${name} is published.`,
    `imgsrv ls ${name} shows what there is.`,
  );
}
