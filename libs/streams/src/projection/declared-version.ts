import type { ArtifactId, FormatName, VersionId } from '@imgsrv/catalog';
import type { StreamsFile } from '../rendering/published-root.js';

/** What the projection reads of a version. */
export interface DeclaredVersion {
  readonly id: VersionId;
  readonly version: string;
  readonly artifacts: readonly DeclaredArtifact[];
}

export interface DeclaredArtifact {
  readonly id: ArtifactId;
  readonly variant: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly format: FormatName;
  readonly file: StreamsFile;
  /** By name. */
  readonly attachments: ReadonlyMap<string, StreamsFile>;
}
