import { type Caller, isAllowed, mayWriteImage } from '@imgsrv/auth';
import type { Viewer } from '@imgsrv/catalog';

/** What a caller sees of the catalog and the blobs: more than anyone only as a content-writer, of what its grant covers. */
export function viewerOf(caller: Caller | undefined): Viewer {
  if (caller === undefined || !isAllowed(caller, 'content.write')) {
    return 'anyone';
  }
  return caller.imageScope === 'all'
    ? 'writer'
    : {
        principalId: caller.principalId,
        imagePatterns: caller.imageScope,
        covers: (imageName) => mayWriteImage(caller, imageName),
      };
}
