import { type Caller, isAllowed } from '@imgsrv/auth';
import type { Visibility } from '@imgsrv/catalog';

/** Drafts are for content-writers. */
export function visibilityFor(caller: Caller | undefined): Visibility {
  return isAllowed(caller, 'content.write') ? 'all' : 'published';
}
