import type { Schemas } from '@imgsrv/client';
import type { DescribedFile } from './describe-files.js';
import type { ReleasePlan } from './release-plan.js';

/** An artifact as it is declared to the server. */
export type DeclaredArtifact = Schemas['ReleaseArtifactRequest'];
/** What a plan declares, once its files are known. */
export function declareArtifacts(
  plan: ReleasePlan,
  files: ReadonlyMap<string, DescribedFile>,
): DeclaredArtifact[] {
  const known = (file: string): DescribedFile => {
    const described = files.get(file);
    if (described === undefined) throw new RangeError(`${file} was not described`);
    return described;
  };
  return plan.artifacts.map((artifact) => {
    const { digest, sizeBytes } = known(artifact.file);
    return {
      ...artifact.facts,
      operating_system: artifact.operatingSystem,
      architecture: artifact.architecture,
      variant: artifact.variant,
      format: artifact.format,
      primary_blob_digest: digest,
      primary_blob_size_bytes: sizeBytes,
      primary_media_type: artifact.mediaType,
      attachments: artifact.attachments.map(({ name, file, mediaType, baseVersion }) => ({
        name,
        media_type: mediaType,
        blob_digest: known(file).digest,
        blob_size_bytes: known(file).sizeBytes,
        ...(baseVersion === undefined ? {} : { base_version: baseVersion }),
      })),
    };
  });
}

/** Where what the server has of a version is not what is declared; undefined when it is. A draft may lack something. */
export function findDifference(
  { artifacts, version }: Schemas['ManifestResponse'],
  declared: readonly DeclaredArtifact[],
): string | undefined {
  const wanted = new Map(declared.map((artifact) => [keyOf(artifact), artifact]));
  for (const { artifact, attachments: all } of artifacts) {
    const attachments = all.filter(({ generated }) => generated !== true);
    const key = keyOf(artifact);
    const counterpart = wanted.get(key);
    if (counterpart === undefined) return `It has the artifact ${key}, which is not among these files.`;
    if (counterpart.primary_blob_digest !== artifact.primary_blob_digest)
      return `Its ${key} has other bytes.`;
    const names = new Map((counterpart.attachments ?? []).map((attachment) => [attachment.name, attachment]));
    for (const { name, blob_digest, base_version } of attachments) {
      if (names.get(name)?.blob_digest !== blob_digest) return `Its ${key} has another attachment ${name}.`;
      if (names.get(name)?.base_version !== base_version) return `Its ${name} has another base_version.`;
    }
    if (version.state !== 'draft' && attachments.length < names.size) {
      return `Its ${key} has fewer attachments.`;
    }
  }
  if (version.state !== 'draft' && artifacts.length < declared.length) return 'It has fewer artifacts.';
  return undefined;
}

function keyOf(
  artifact: Pick<DeclaredArtifact, 'operating_system' | 'architecture' | 'variant' | 'format'>,
): string {
  const { operating_system, architecture, variant, format } = artifact;
  return [operating_system, architecture, variant ?? 'default', format].join(' ');
}
