import { toIncusArchitecture } from '@imgsrv/catalog';
import { CLIENT_RULES, STREAMS_CLIENTS, type StreamsClient } from '../clients.js';
import { findRootItemType, isUnified } from '../item-types.js';
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
  /** As declared, in Incus' spelling. */
  readonly architecture: string;
  /** Absent for a unified image. */
  readonly metadata?: StreamsFile;
}

/**
 * Decides which artifacts of a version each client is shown: per architecture and variant one container and one disk.
 * Every artifact and client that is not shown gets a report that says why; those that could have been shown are
 * `outranked` by another one.
 *
 * Throws UnprojectableArchitectureError when one that would be shown has an architecture that Incus does not know.
 */
export function selectRoots(artifacts: readonly DeclaredArtifact[]): {
  selected: SelectedRoot[];
  outranked: SelectedRoot[];
  refused: StreamsReport[];
} {
  const selected = new Map<string, SelectedRoot>();
  const outranked: SelectedRoot[] = [];
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
        outranked.push(candidate);
        refused.push({ artifactId: artifact.id, client, projected: false, reason: insteadOf(standing) });
      }
    }
  }
  return { selected: [...selected.values()], outranked, refused };
}

/** The root that an artifact is for a client, or the reason why it is none. */
function candidateFor(client: StreamsClient, artifact: DeclaredArtifact): SelectedRoot | string {
  const itemType = findRootItemType(artifact.format);
  const { metadata: metadataType, unknownArchitectures } = CLIENT_RULES[client];
  if (itemType === undefined) {
    return `Simple Streams has no place for ${artifact.format}; clients take the disk of a virtual machine as qcow2.`;
  }
  if (!itemType.clients.includes(client)) {
    return `${artifact.format} is a format of Incus.`;
  }
  const metadata = isUnified(itemType) ? undefined : artifact.attachments.get(metadataType.attachment);
  if (!isUnified(itemType) && metadata === undefined) {
    return `The artifact has no attachment ${metadataType.attachment}.`;
  }
  const architecture = toIncusArchitecture(artifact.architecture);
  if (architecture === undefined) {
    throw new UnprojectableArchitectureError(describe(artifact), artifact.architecture);
  }
  if (unknownArchitectures.has(architecture)) {
    return `The client knows no architecture ${architecture}.`;
  }
  const { imageType } = itemType;
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
  const byRank = rank(left) === rank(right) ? 0 : rank(left) - rank(right);
  return byRank || compareText(describe(left), describe(right));
}

function rank({ format }: DeclaredArtifact): number {
  return findRootItemType(format)?.rank ?? Infinity;
}
