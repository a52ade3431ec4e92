import type { Schemas } from '@imgsrv/client';

/** Who sees what is published of an image. */
export type Visibility = Schemas['ImageResponse']['visibility'];

export const VISIBILITIES: readonly Visibility[] = ['public', 'internal', 'private'];
