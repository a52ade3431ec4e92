import { type Digest, isUploadedBy } from '@imgsrv/cas';
import type { Connection, Database } from '@imgsrv/platform';
import { isDeclaredIn, isPublished } from './published-blob.repository.js';

/** Whose eyes look for a blob: a content-writer's without limits, anybody's, or those of a limited writer. */
export type BlobViewer = 'everything' | 'published' | LimitedWriter;

/** A content-writer whose grant covers some images only. */
export interface LimitedWriter {
  readonly principalId: string;
  /** Exact image names, or beginnings that end with `*`. */
  readonly imagePatterns: readonly string[];
}

/** Who sees which verified blobs. What somebody cannot see does not exist for them. */
export class BlobVisibility {
  constructor(private readonly database: Database) {}

  async isVisible(digest: Digest, viewer: BlobViewer): Promise<boolean> {
    return this.database.use((connection) => isBlobVisible(connection, digest, viewer));
  }
}

/**
 * Anybody sees what a published version refers to. A limited writer also sees what it uploaded itself, bytes and all,
 * and what versions of its images refer to.
 */
export async function isBlobVisible(
  connection: Connection,
  digest: Digest,
  viewer: BlobViewer,
): Promise<boolean> {
  if (viewer === 'everything' || (await isPublished(connection, digest))) {
    return true;
  }
  return (
    viewer !== 'published' &&
    ((await isUploadedBy(connection, digest, viewer.principalId)) ||
      (await isDeclaredIn(connection, digest, viewer.imagePatterns)))
  );
}
