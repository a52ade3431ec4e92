import { parseDeclaredSize } from '../names/declared-size.js';
import { DIGEST, MEDIA_TYPE, TOKEN } from '../names/names.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import type { Artifact, NewArtifact } from './artifact.js';
import { requireDeltaFormat } from '../deltas/delta-wish.js';
import { requireLaunchable } from '../made-metadata/require-launchable.js';
import { parseArtifactMetadata } from './artifact-metadata.js';

/** An artifact as it was declared, of whichever version. */
export type ArtifactDeclaration = Omit<Artifact, 'id' | 'versionId' | 'detected' | 'createdAt' | 'updatedAt'>;

/** Throws InvalidNameError, InvalidSizeError, InvalidTextError, NotLaunchableError, InvalidDeltaError and ReservedNameError. */
export function parseArtifact(artifact: NewArtifact): ArtifactDeclaration {
  refuseArchitectureName(artifact.variant, 'a variant');
  const declared = {
    variant: TOKEN.parse(artifact.variant),
    operatingSystem: TOKEN.parse(artifact.operatingSystem),
    architecture: TOKEN.parse(artifact.architecture),
    format: artifact.format,
    primaryBlobDigest: DIGEST.parse(artifact.primaryBlobDigest),
    primaryBlobSizeBytes: parseDeclaredSize(artifact.primaryBlobSizeBytes),
    primaryMediaType: MEDIA_TYPE.parse(artifact.primaryMediaType),
    metadata: parseArtifactMetadata(artifact.metadata ?? {}),
  };
  requireLaunchable(declared);
  requireDeltaFormat(declared);
  return declared;
}

/** What the record of changes tells of an artifact. */
export function describeArtifact(artifact: ArtifactDeclaration): Record<string, unknown> {
  return {
    operating_system: artifact.operatingSystem,
    architecture: artifact.architecture,
    variant: artifact.variant,
    format: artifact.format,
    primary_blob_digest: artifact.primaryBlobDigest,
  };
}
