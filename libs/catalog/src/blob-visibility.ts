import type { Digest } from '@imgsrv/cas';
import type { Database } from '@imgsrv/platform';
import { AudienceLookup } from './audience-lookup.js';
import { audienceOf, findRead, isSeenBesides, type Viewer } from './visibility.js';

/** Which viewers see which verified blobs. */
export class BlobVisibility {
  private readonly read: AudienceLookup<Digest, true>;

  constructor(private readonly database: Database) {
    this.read = new AudienceLookup((digests, audience) =>
      database.use((connection) => findRead(connection, digests, audience)),
    );
  }

  /** As of a moment after the call. */
  async isVisible(digest: Digest, viewer: Viewer): Promise<boolean> {
    if (viewer === 'writer' || (await this.read.get(digest, audienceOf(viewer))) === true) {
      return true;
    }
    return this.database.use((connection) => isSeenBesides(connection, digest, viewer));
  }
}
