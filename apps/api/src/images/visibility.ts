import { type Caller, mayWriteImage } from '@imgsrv/auth';
import type { Visibility } from '@imgsrv/catalog';

/** Drafts are for content-writers whose grant covers the image. */
export function visibilityFor(caller: Caller | undefined, image: string): Visibility {
  return mayWriteImage(caller, image) ? 'all' : 'published';
}
