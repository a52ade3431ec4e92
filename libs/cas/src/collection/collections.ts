import { enqueueJob, findJob, type JobId } from '@imgsrv/jobs';
import type { ChangeRecorder, Connection, Database, Transaction } from '@imgsrv/platform';
import { BlobNotFoundError } from '../blobs/blob.errors.js';
import { lockBlob } from '../blobs/blob.repository.js';
import type { Digest } from '../digest.js';
import { isReferredTo, nominateAtOnce, type ReferenceTest } from './candidate.repository.js';
import { COLLECT_BLOBS, type CollectBlobsPayload } from './collect-blobs.kind.js';
import { BlobReferencedError, CollectionNotFoundError } from './collection.errors.js';
import type { Collection } from './collection.js';
import { readStorageUsage, type StorageUsage } from '../storage-usage.repository.js';
import { findReport } from './collection-run.repository.js';

/** What the managers of the storage ask for and are told. The work itself is done by `BlobCollection`. */
export class Collections {
  constructor(
    private readonly database: Database,
    private readonly isReferenced: ReferenceTest,
    private readonly changes: ChangeRecorder,
  ) {}

  /** Queues a collection of all blobs. While one like it waits or runs, gives that one. */
  async start(dryRun: boolean, principalId: string): Promise<Collection> {
    return this.database.transaction(async (tx) => {
      const payload = { isRequested: true, dryRun };
      const id = await enqueue(tx, payload, dryRun ? 'dry-run' : 'requested', principalId);
      await this.changes.record(tx, {
        action: 'collection.start',
        resource: `storage/collections/${id}`,
        after: { dry_run: dryRun },
      });
      return getCollection(tx, id);
    });
  }

  /** How much is stored. Its cost grows with the number of blobs. */
  usage(): Promise<StorageUsage> {
    return this.database.snapshot(readStorageUsage);
  }

  /** Throws CollectionNotFoundError. */
  async get(id: JobId): Promise<Collection> {
    return this.database.snapshot((connection) => getCollection(connection, id));
  }

  /**
   * Ends the grace of a blob that nothing refers to and queues its collection; repeating it gives the one that waits.
   * Whoever refers to the blob before that runs keeps it. Throws BlobReferencedError and BlobNotFoundError.
   */
  async deleteBlob(digest: Digest, principalId: string): Promise<Collection> {
    return this.database.transaction(async (tx) => {
      // Whoever refers to it just now has committed, or waits.
      const blob = await lockBlob(tx, digest);
      if (blob === undefined) {
        throw new BlobNotFoundError();
      }
      if (await isReferredTo(tx, this.isReferenced, digest)) {
        throw new BlobReferencedError();
      }
      await nominateAtOnce(tx, digest);
      const payload = { isRequested: true, dryRun: false, digest };
      const id = await enqueue(tx, payload, digest, principalId);
      await this.changes.record(tx, {
        action: 'blob.delete',
        resource: `blobs/${digest}`,
        before: { size_bytes: blob.sizeBytes },
        after: { collection_id: id },
      });
      return getCollection(tx, id);
    });
  }
}

function enqueue(
  tx: Transaction,
  payload: CollectBlobsPayload,
  singletonKey: string,
  fairnessKey: string,
): Promise<JobId> {
  return enqueueJob(tx, COLLECT_BLOBS, payload, { singletonKey, fairnessKey });
}

async function getCollection(connection: Connection, id: JobId): Promise<Collection> {
  const job = await findJob(connection, id);
  if (job?.kind !== COLLECT_BLOBS.name) {
    throw new CollectionNotFoundError();
  }
  const { dryRun, digest } = COLLECT_BLOBS.parsePayload(job.payload);
  const report = await findReport(connection, id);
  return {
    id,
    state: job.state,
    dryRun,
    ...(digest === undefined ? {} : { digest }),
    ...(report === undefined ? {} : { report }),
    ...(job.state === 'failed' && job.lastError !== undefined ? { failureMessage: job.lastError } : {}),
    createdAt: job.createdAt,
    ...(job.startedAt === undefined ? {} : { startedAt: job.startedAt }),
    ...(job.finishedAt === undefined ? {} : { finishedAt: job.finishedAt }),
  };
}
