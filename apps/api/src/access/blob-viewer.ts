import { type Caller, isAllowed } from '@imgsrv/auth';
import type { BlobViewer } from '@imgsrv/catalog';

/** What a caller sees of the blobs. */
export function blobViewerFor(caller: Caller | undefined): BlobViewer {
  if (caller === undefined || !isAllowed(caller, 'content.write')) {
    return 'published';
  }
  return caller.imageScope === 'all'
    ? 'everything'
    : { principalId: caller.principalId, imagePatterns: caller.imageScope };
}
