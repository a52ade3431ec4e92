import { InvalidImageMetadataError } from '../invalid-image-metadata.error.js';

/** The refusal of an archive that no tar program would read, or that two would read differently. */
export function damagedArchive(reason: string): InvalidImageMetadataError {
  return new InvalidImageMetadataError(`The archive is damaged or no tar archive: ${reason}.`);
}
