import { usageError } from '../cli.errors.js';
import type { FormatName } from '../formats/recognise-file.js';
import type { PlannedArtifact } from './release-plan.js';

/** Of which Incus and LXD know deltas. */
const HAS_DELTAS: readonly FormatName[] = ['squashfs', 'qcow2'];

/**
 * Has the server make deltas of a version, of every artifact that can have one, brings none and does not name a version of its
 * own. Throws a usage error when there is no such artifact.
 */
export function wishDeltas(
  artifacts: readonly PlannedArtifact[],
  baseVersion: string | undefined,
): readonly PlannedArtifact[] {
  if (baseVersion === undefined) {
    return artifacts;
  }
  if (!artifacts.some(lacksDelta)) {
    throw usageError(
      `--delta-from ${baseVersion} is for files without a delta, and there are none.`,
      `Deltas are made for ${HAS_DELTAS.join(' and ')}.`,
    );
  }
  return artifacts.map((artifact) =>
    lacksDelta(artifact) ? { ...artifact, facts: { ...artifact.facts, delta_from: baseVersion } } : artifact,
  );
}

function lacksDelta({ format, attachments, facts }: PlannedArtifact): boolean {
  return (
    HAS_DELTAS.includes(format) &&
    facts.delta_from === undefined &&
    !attachments.some(({ name }) => name === 'squashfs.vcdiff' || name === 'disk-kvm.img.vcdiff')
  );
}
