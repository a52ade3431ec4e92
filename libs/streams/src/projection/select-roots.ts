import { getFormat, toIncusArchitecture } from '@imgsrv/catalog';
import { CLIENT_RULES, STREAMS_CLIENTS, type StreamsClient } from '../clients.js';
import { compareText } from '../rendering/order.js';
import type { ImageType, StreamsFile } from '../rendering/published-root.js';
import { UnprojectableArchitectureError } from '../streams.errors.js';
import type { DeclaredArtifact } from './declared-version.js';
import type { StreamsReport } from './streams-report.js';

/** An artifact that is listed for a client. */
export interface SelectedRoot {
  readonly client: StreamsClient;
  readonly artifact: DeclaredArtifact;
  readonly imageType: ImageType;
  /** In Incus' spelling. */
  readonly architecture: string;
  /** Absent for a unified image. */
  readonly metadata?: StreamsFile;
}

/** What clients prefer among roots of one type, best first. */
const PREFERENCE = ['squashfs', 'root.tar.xz', 'disk-kvm.img', 'incus_combined.tar.gz'] as const;

/**
 * Decides which artifacts of a version each client is shown: per architecture and variant one container and one disk.
 * Every artifact and client that is not shown gets a report that says why.
 *
 * Throws UnprojectableArchitectureError when one that would be shown has an architecture that Incus does not know.
 */
export function selectRoots(artifacts: readonly DeclaredArtifact[]): {
  selected: SelectedRoot[];
  refused: StreamsReport[];
} {
  const selected = new Map<string, SelectedRoot>();
  const refused: StreamsReport[] = [];
  for (const artifact of artifacts.toSorted(comparePreference)) {
    for (const client of STREAMS_CLIENTS) {
      const candidate = candidateFor(client, artifact);
      if (typeof candidate === 'string') {
        refused.push({ artifactId: artifact.id, client, projected: false, reason: candidate });
        continue;
      }
      const place = [client, candidate.imageType, candidate.architecture, artifact.variant].join();
      const standing = selected.get(place);
      if (standing === undefined) {
        selected.set(place, candidate);
      } else {
        refused.push({ artifactId: artifact.id, client, projected: false, reason: insteadOf(standing) });
      }
    }
  }
  return { selected: [...selected.values()], refused };
}

/** The root that an artifact is for a client, or the reason why it is none. */
function candidateFor(client: StreamsClient, artifact: DeclaredArtifact): SelectedRoot | string {
  const { streamsItemType, imageType } = getFormat(artifact.format);
  const { metadataItem, readsUnified, unknownArchitectures } = CLIENT_RULES[client];
  if (streamsItemType === undefined) {
    return `Simple Streams has no place for ${artifact.format}; clients take the disk of a virtual machine as qcow2.`;
  }
  const unified = streamsItemType === 'incus_combined.tar.gz';
  if (unified && !readsUnified) {
    return `${artifact.format} is a format of Incus.`;
  }
  const metadata = unified ? undefined : artifact.attachments.get(metadataItem);
  if (!unified && metadata === undefined) {
    return `The artifact has no attachment ${metadataItem}.`;
  }
  const architecture = toIncusArchitecture(artifact.architecture);
  if (architecture === undefined) {
    throw new UnprojectableArchitectureError(describe(artifact), artifact.architecture);
  }
  if (unknownArchitectures.has(architecture)) {
    return `The client knows no architecture ${architecture}.`;
  }
  return { client, artifact, imageType, architecture, ...(metadata === undefined ? {} : { metadata }) };
}

function insteadOf({ artifact }: SelectedRoot): string {
  return `The artifact ${describe(artifact)} of the same architecture and variant is listed instead.`;
}

/** As publish failures name artifacts. */
export function describe({ operatingSystem, architecture, variant, format }: DeclaredArtifact): string {
  return [operatingSystem, architecture, variant, format].join(' ');
}

function comparePreference(left: DeclaredArtifact, right: DeclaredArtifact): number {
  return rank(left) - rank(right) || compareText(describe(left), describe(right));
}

function rank({ format }: DeclaredArtifact): number {
  const { streamsItemType } = getFormat(format);
  return streamsItemType === undefined ? PREFERENCE.length : PREFERENCE.indexOf(streamsItemType);
}
