import type { Manifest } from '@imgsrv/catalog';
import type { StreamsReport } from '@imgsrv/streams';
import { ArtifactResponse, toArtifactResponse } from './artifact.dto.js';
import { AttachmentResponse, toAttachmentResponse } from './attachment.dto.js';
import { ImageResponse, toImageResponse } from './image.dto.js';
import { toVersionResponse, VersionResponse } from './version.dto.js';

export class StreamsEntryResponse {
  /** @example "incus" */
  client: string;
  /** Whether this Simple Streams client is shown the artifact. */
  projected: boolean;
  /** Why not. */
  reason?: string;
}

export class ManifestEntryResponse {
  artifact: ArtifactResponse;
  attachments: AttachmentResponse[];
  /** Absent until a publish has looked at the artifact. */
  streams?: StreamsEntryResponse[];
}

export class ManifestResponse {
  image: ImageResponse;
  version: VersionResponse;
  artifacts: ManifestEntryResponse[];
}

/** A manifest and what Simple Streams makes of its artifacts. */
export interface ReportedManifest {
  readonly manifest: Manifest;
  readonly reports: readonly StreamsReport[];
}

export function toManifestResponse({ manifest, reports }: ReportedManifest): ManifestResponse {
  return {
    image: toImageResponse(manifest.image),
    version: toVersionResponse(manifest.version),
    artifacts: manifest.artifacts.map(({ artifact, attachments }) => ({
      artifact: toArtifactResponse(artifact),
      attachments: attachments.map(toAttachmentResponse),
      ...toStreams(reports.filter(({ artifactId }) => artifactId === artifact.id)),
    })),
  };
}

function toStreams(reports: readonly StreamsReport[]): { streams?: StreamsEntryResponse[] } {
  return reports.length === 0 ? {} : { streams: reports.map(toStreamsEntryResponse) };
}

function toStreamsEntryResponse({ client, projected, reason }: StreamsReport): StreamsEntryResponse {
  return { client, projected, ...(reason === undefined ? {} : { reason }) };
}
