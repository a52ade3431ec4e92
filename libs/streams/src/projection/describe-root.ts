import { toIncusArchitecture } from '@imgsrv/catalog';
import { CLIENT_RULES } from '../clients.js';
import { type ImageMetadata } from '../metadata/image-metadata.js';
import { InvalidImageMetadataError } from '../metadata/invalid-image-metadata.error.js';
import type { MetadataOfJob } from '../metadata/metadata-of-job.js';
import type { ContentFacts, ImageType, PublishedRoot } from '../rendering/published-root.js';
import { describe, type SelectedRoot } from './select-roots.js';

/** What a client shows of an image: the content's own words, and what the version's publisher would call it. */
export type RootDescription = Pick<PublishedRoot, 'os' | 'release' | 'releaseTitle' | 'requirements'> & {
  readonly content: ContentFacts;
};

/**
 * What to do with metadata that clients could not use or that contradicts what is declared: refuse it, or, for what is
 * published already, take what can be read, so that its content decides all the same.
 */
export type MetadataRigour = 'refuse' | 'tolerate';

/** The words for sorts of images that Incus, LXD and their builders write into the property `type`. */
const IMAGE_TYPES: ReadonlyMap<string, ImageType> = new Map<string, ImageType>([
  ['disk-kvm.img', 'virtual-machine'],
  ['disk1.img', 'virtual-machine'],
  ['uefi1.img', 'virtual-machine'],
  ['virtual-machine', 'virtual-machine'],
  ['squashfs', 'container'],
  ['root.tar.xz', 'container'],
  ['tar.gz', 'container'],
  ['container', 'container'],
]);

/**
 * Describes roots in the words of their metadata, else of the artifact and version.
 * Rejects with InvalidImageMetadataError, which names the artifact, when metadata is to be refused.
 */
export async function describeRoots(
  roots: readonly SelectedRoot[],
  version: string,
  metadata: MetadataOfJob,
  rigour: MetadataRigour,
): Promise<ReadonlyMap<SelectedRoot, RootDescription>> {
  const descriptions = new Map<SelectedRoot, RootDescription>();
  for (const root of roots) {
    const read = await readMetadata(root, metadata);
    const problem = read instanceof InvalidImageMetadataError ? read : findContradiction(root, read);
    if (problem !== undefined && rigour === 'refuse') {
      throw new InvalidImageMetadataError(`${subjectOf(root)}: ${problem.message}`, { cause: problem });
    }
    const usable = read instanceof InvalidImageMetadataError ? read.readable : read;
    descriptions.set(root, toDescription(usable, root, version));
  }
  return descriptions;
}

async function readMetadata(
  { artifact, metadata }: SelectedRoot,
  metadataOfJob: MetadataOfJob,
): Promise<ImageMetadata | InvalidImageMetadataError> {
  try {
    return await metadataOfJob.read({
      digest: (metadata ?? artifact.file).digest,
      container: metadata === undefined ? 'tar.gz' : 'tar.xz',
    });
  } catch (error) {
    if (error instanceof InvalidImageMetadataError) {
      return error;
    }
    throw error;
  }
}

/** Content decides what an image is, so a declaration that says something else is a mistake of its publisher. */
function findContradiction(
  { artifact, architecture, imageType }: SelectedRoot,
  metadata: ImageMetadata,
): InvalidImageMetadataError | undefined {
  if (metadata.architecture === undefined) {
    return new InvalidImageMetadataError(
      `metadata.yaml names no architecture, without which no client can use the image; add "architecture: ${artifact.architecture}".`,
    );
  }
  if (toIncusArchitecture(metadata.architecture) !== architecture) {
    return new InvalidImageMetadataError(
      `The artifact is declared for ${artifact.architecture}, but its metadata.yaml says ${metadata.architecture}.`,
    );
  }
  const stated = IMAGE_TYPES.get(metadata.type ?? '');
  return stated === undefined || stated === imageType
    ? undefined
    : new InvalidImageMetadataError(
        `The artifact is declared as ${artifact.format}, the format of a ${imageType}, but its metadata.yaml says ${metadata.type ?? ''}, which is a ${stated}.`,
      );
}

/** Which metadata it is, for a sentence to the publisher. */
function subjectOf({ client, artifact, metadata }: SelectedRoot): string {
  const subject = `rtifact ${describe(artifact)}`;
  return metadata === undefined
    ? `A${subject}`
    : `Attachment ${CLIENT_RULES[client].metadata.attachment} of a${subject}`;
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
    content: toFacts(metadata),
  };
}

function toFacts({
  os,
  release,
  releaseTitle,
  variant,
  requirements,
  ...metadata
}: ImageMetadata): ContentFacts {
  const architecture = toIncusArchitecture(metadata.architecture ?? '');
  const createdAtSeconds = toSeconds(metadata.creationDate);
  const expiresAtSeconds = toSeconds(metadata.expiryDate);
  return {
    ...(architecture === undefined ? {} : { architecture }),
    ...(os === undefined ? {} : { os }),
    ...(release === undefined ? {} : { release }),
    ...(releaseTitle === undefined ? {} : { releaseTitle }),
    ...(variant === undefined ? {} : { variant }),
    ...(requirements === undefined ? {} : { requirements }),
    ...(createdAtSeconds === undefined ? {} : { createdAtSeconds }),
    ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds }),
  };
}

/** Zero is how builders write that there is no such time, and so is anything that is no time. */
function toSeconds(text: string | undefined): number | undefined {
  const seconds = /^[0-9]{1,12}$/.test(text ?? '') ? Number(text) : 0;
  return seconds > 0 ? seconds : undefined;
}
