import { usageError } from '../cli.errors.js';
import type { FormatName } from '../formats/recognise-file.js';
import type { PlannedArtifact } from './release-plan.js';

/** What Incus and LXD show of images, as the command line says it. */
export interface ClientDescription {
  readonly os: string;
  /** Absent: nothing is to be made. */
  readonly release?: string;
  readonly description?: string;
}

/** Roots that Incus and LXD know together with a metadata archive. */
export const TAKES_METADATA: readonly FormatName[] = ['qcow2', 'squashfs', 'rootfs.tar.xz'];

/**
 * Has the server make the metadata of every artifact that takes some, brings none and does not say its own. Throws a usage
 * error when there is no such artifact.
 */
export function describeForClients(
  artifacts: readonly PlannedArtifact[],
  { os, release, description }: ClientDescription,
): readonly PlannedArtifact[] {
  if (release === undefined) {
    if (description !== undefined) {
      throw usageError('--description says more of a --release, which is missing.');
    }
    return artifacts;
  }
  if (!artifacts.some(lacksMetadata)) {
    throw usageError(
      `--release ${release} is for files without incus.tar.xz and lxd.tar.xz, and there are none.`,
      `Metadata is made for ${TAKES_METADATA.join(', ')}.`,
    );
  }
  const incus = { os, release, ...(description === undefined ? {} : { description }) };
  return artifacts.map((artifact) =>
    lacksMetadata(artifact) ? { ...artifact, facts: { ...artifact.facts, incus } } : artifact,
  );
}

function lacksMetadata({ format, attachments, facts }: PlannedArtifact): boolean {
  return (
    TAKES_METADATA.includes(format) &&
    facts.incus === undefined &&
    !attachments.some(({ name }) => name === 'incus.tar.xz' || name === 'lxd.tar.xz')
  );
}
