import type { Visibility } from '../visibility.js';
import type { ImageId, ImageName } from '../names/names.js';

/** A named line of versions. */
export interface Image {
  readonly id: ImageId;
  readonly name: ImageName;
  readonly displayName?: string;
  readonly description?: string;
  readonly visibility: Visibility;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewImage {
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly visibility?: Visibility;
}

/** An absent member stays as it is, null takes a text away. */
export interface ImageChanges {
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly visibility?: Visibility;
}
