import type { Digest } from '@imgsrv/cas';
import type { MediaType } from '../names/names.js';

/** What a download of an artifact or attachment gives. */
export interface PublishedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** As declared. */
  readonly mediaType: MediaType;
  /** For whoever saves it: only letters, digits, `.`, `_`, `+` and `-`. */
  readonly fileName: string;
}
