import type { ArtifactDeclaration } from '../artifacts/artifact-declaration.js';
import { InvalidDeltaError } from '../catalog.errors.js';
import { DELTA_ATTACHMENTS, findDeltaFormat, isDeltaFormat } from './delta-names.js';

/** Throws InvalidDeltaError when a publish is to make a delta of something that clients know no deltas of. */
export function requireDeltaFormat({
  metadata,
  format,
}: Pick<ArtifactDeclaration, 'metadata' | 'format'>): void {
  if (metadata.deltaFrom !== undefined && !isDeltaFormat(format)) {
    const formats = Object.keys(DELTA_ATTACHMENTS).join(' and ');
    throw new InvalidDeltaError(`Deltas are made for ${formats}, not for ${format}. Leave delta_from out.`);
  }
}

/** Throws InvalidDeltaError when an artifact would have a delta of its publisher beside the one that the publish makes. */
export function refuseSecondDelta(
  { metadata }: Pick<ArtifactDeclaration, 'metadata'>,
  attachmentNames: readonly string[],
): void {
  const given = attachmentNames.find((name) => findDeltaFormat(name) !== undefined);
  if (metadata.deltaFrom !== undefined && given !== undefined) {
    throw new InvalidDeltaError(
      `An artifact has either delta_from, of which its delta is made, or the attachment ${given}, not both.`,
    );
  }
}
