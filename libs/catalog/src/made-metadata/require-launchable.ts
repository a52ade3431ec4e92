import type { ArtifactDeclaration } from '../artifacts/artifact-declaration.js';
import { toIncusArchitecture } from '../architectures.js';
import { MetadataGivenTwiceError, NotLaunchableError } from '../catalog.errors.js';
import { FORMAT_NAMES, getFormat } from '../formats/image-formats.js';
import type { ImageFormat } from '../formats/image-format.js';
import { METADATA_ATTACHMENTS } from '../formats/streams-item-type.js';

/** Whether clients need metadata beside artifacts of this format. */
function takesMetadata({ streamsItem }: ImageFormat): boolean {
  return streamsItem !== undefined && streamsItem.combinedHashFields.length > 0;
}

/** Throws NotLaunchableError when metadata is to be made of something that clients could not use with it. */
export function requireLaunchable({
  metadata,
  format,
  architecture,
}: Pick<ArtifactDeclaration, 'metadata' | 'format' | 'architecture'>): void {
  if (metadata.incus === undefined) {
    return;
  }
  if (!takesMetadata(getFormat(format))) {
    const formats = FORMAT_NAMES.filter((name) => takesMetadata(getFormat(name)));
    throw new NotLaunchableError(`Metadata is made for ${formats.join(', ')}, not for ${format}.`);
  }
  if (toIncusArchitecture(architecture) === undefined) {
    throw new NotLaunchableError(`Incus knows no architecture ${architecture}.`);
  }
}

/** Throws MetadataGivenTwiceError when an artifact would have metadata of its publisher beside that made by imgsrv. */
export function refuseSecondMetadata(
  { metadata }: Pick<ArtifactDeclaration, 'metadata'>,
  attachmentNames: readonly string[],
): void {
  const given = attachmentNames.find((name) => Object.values<string>(METADATA_ATTACHMENTS).includes(name));
  if (metadata.incus !== undefined && given !== undefined) {
    throw new MetadataGivenTwiceError(given);
  }
}
