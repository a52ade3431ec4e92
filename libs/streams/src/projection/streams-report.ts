import type { ArtifactId } from '@imgsrv/catalog';
import type { StreamsClient } from '../clients.js';

/** What Simple Streams shows one client of an artifact. */
export interface StreamsReport {
  readonly artifactId: ArtifactId;
  readonly client: StreamsClient;
  readonly projected: boolean;
  /** Why not, as a sentence for the publisher; absent when projected. */
  readonly reason?: string;
}
