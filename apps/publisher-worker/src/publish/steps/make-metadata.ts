import type { MadeBlobs } from '@imgsrv/cas';
import { attachMadeMetadata, listMetadataOrders, type PublishVersionPayload } from '@imgsrv/catalog';
import type { RunningJob } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { makeImageMetadata } from '@imgsrv/streams';

export type MakeMetadata = (job: RunningJob<PublishVersionPayload>) => Promise<void>;

/**
 * Makes the metadata for Incus and LXD of each artifact that says `incus`: first the blob, then, fenced, what refers to it.
 * What an earlier attempt has made is not made again, and the same order gives the same blob.
 */
export function makeMetadata(database: Database, blobs: MadeBlobs): MakeMetadata {
  return async (job) => {
    const orders = await database.snapshot((connection) =>
      listMetadataOrders(connection, job.payload.versionId),
    );
    for (const order of orders) {
      const bytes = makeImageMetadata(order);
      const digest = await blobs.keep(bytes, order.publisher, job.signal);
      await job.fenced((tx) => attachMadeMetadata(tx, order.artifactId, { digest, sizeBytes: bytes.length }));
    }
  };
}
