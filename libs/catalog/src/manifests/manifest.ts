import type { Artifact } from '../artifacts/artifact.js';
import type { Attachment } from '../attachments/attachment.js';
import type { Image } from '../images/image.js';
import type { Version } from '../versions/version.js';

/** All that a version declares, as it was at one moment. */
export interface Manifest {
  readonly image: Image;
  readonly version: Version;
  readonly artifacts: readonly ManifestEntry[];
}

export interface ManifestEntry {
  readonly artifact: Artifact;
  readonly attachments: readonly Attachment[];
}
