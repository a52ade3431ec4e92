import { type Caller, isAllowed, mayWriteImage } from '@imgsrv/auth';
import { knownAudience, type Viewer } from '@imgsrv/catalog';

/**
 * What a caller sees of the catalogue and the blobs. Everybody known sees what is internal, and what is private of the images that its
 * grants name; content-writers see also what is not published of those that they may change.
 */
export function viewerOf(caller: Caller | undefined): Viewer {
  if (caller === undefined) {
    return 'anyone';
  }
  const audience = knownAudience(caller.readScope, caller.within);
  if (!isAllowed(caller, 'content.write')) {
    return { imagePatterns: [], covers: () => false, audience };
  }
  return caller.imageScope === 'all'
    ? 'writer'
    : {
        principalId: caller.principalId,
        imagePatterns: caller.imageScope,
        covers: (imageName) => mayWriteImage(caller, imageName),
        audience,
      };
}
