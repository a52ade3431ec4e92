import type { Visibility } from '@imgsrv/catalog';
import type { PublishedAlias, PublishedRoot, WithdrawnRoot } from '../rendering/published-root.js';

/** All that Simple Streams can show of an image. Never changed: what changes is replaced. */
export interface ImageRows {
  readonly imageId: string;
  readonly image: string;
  readonly visibility: Visibility;
  readonly published: readonly PublishedRoot[];
  /** Of versions that were withdrawn within the last day. */
  readonly withdrawn: readonly WithdrawnRoot[];
  readonly aliases: readonly PublishedAlias[];
}
