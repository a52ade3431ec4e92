import type { ContentCheck } from './content-check.js';
import type { Container } from './header/container.js';
import type { StreamsItemType } from './streams-item-type.js';

/** What imgsrv knows of one artifact format. One file a format, listed in `image-formats.ts`. */
export interface ImageFormat {
  /** The name in the API and in the database; never changes. */
  readonly name: string;
  readonly imageType: 'virtual-machine' | 'container';
  /** What the bytes must be recognised as. `unknown` stands for bytes that carry no container's magic. */
  readonly containers: readonly Container[];
  /** For a gzip container: what the decompressed bytes must be recognised as. */
  readonly insideGzip?: readonly Container[];
  /** What the first bytes cannot say: done once for equal bytes, when they are published. */
  readonly contentCheck?: ContentCheck;
  /** Ends the names of files that clients save, without the leading dot. */
  readonly fileExtension: string;
  /** What an artifact is to Simple Streams clients; absent when they have no such item. */
  readonly streamsItem?: StreamsItemType;
}
