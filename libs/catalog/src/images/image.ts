import type { ImageId, ImageName } from '../names/names.js';

/** A named line of versions. */
export interface Image {
  readonly id: ImageId;
  readonly name: ImageName;
  readonly displayName?: string;
  readonly description?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewImage {
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
}

/** An absent member stays as it is, null takes the text away. */
export interface ImageChanges {
  readonly displayName?: string | null;
  readonly description?: string | null;
}
