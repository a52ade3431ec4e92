import { type ImageMetadata } from '../metadata/image-metadata.js';
import { InvalidImageMetadataError } from '../metadata/invalid-image-metadata.error.js';
import type { MetadataOfJob } from '../metadata/metadata-of-job.js';
import type { PublishedRoot } from '../rendering/published-root.js';
import { CLIENT_RULES } from '../clients.js';
import { describe, type SelectedRoot } from './select-roots.js';

/** What a client shows of an image. */
export type RootDescription = Pick<PublishedRoot, 'os' | 'release' | 'releaseTitle' | 'requirements'>;

/** Names that can be a property of an image. */
const REQUIREMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Describes roots in the words of their metadata, else of the artifact and version.
 * Rejects with InvalidImageMetadataError, which names the artifact, when a client could not use one.
 */
export async function describeRoots(
  roots: readonly SelectedRoot[],
  version: string,
  metadata: MetadataOfJob,
): Promise<ReadonlyMap<SelectedRoot, RootDescription>> {
  const descriptions = new Map<SelectedRoot, RootDescription>();
  for (const root of roots) {
    descriptions.set(root, toDescription(await readMetadata(root, metadata), root, version));
  }
  return descriptions;
}

async function readMetadata(
  { client, artifact, metadata }: SelectedRoot,
  metadataOfJob: MetadataOfJob,
): Promise<ImageMetadata> {
  const { digest } = metadata ?? artifact.file;
  try {
    const read = await metadataOfJob.read({
      digest,
      container: metadata === undefined ? 'tar.gz' : 'tar.xz',
    });
    const misnamed = Object.keys(read.requirements ?? {}).find((name) => !REQUIREMENT.test(name));
    if (misnamed !== undefined) {
      throw new InvalidImageMetadataError('metadata.yaml has a requirement of an unusable name.');
    }
    return read;
  } catch (error) {
    if (!(error instanceof InvalidImageMetadataError)) {
      throw error;
    }
    const subject = `rtifact ${describe(artifact)}`;
    const where =
      metadata === undefined
        ? `A${subject}`
        : `Attachment ${CLIENT_RULES[client].metadata.attachment} of a${subject}`;
    throw new InvalidImageMetadataError(`${where}: ${error.message}`, { cause: error });
  }
}

function toDescription(
  metadata: ImageMetadata,
  { artifact }: SelectedRoot,
  version: string,
): RootDescription {
  const release = metadata.release ?? version;
  return {
    os: metadata.os ?? artifact.operatingSystem,
    release,
    releaseTitle: metadata.releaseTitle ?? release,
    requirements: metadata.requirements ?? {},
  };
}
