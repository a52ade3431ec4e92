import { setTimeout as pause } from 'node:timers/promises';
import type { RunningJob } from '@imgsrv/jobs';
import type { Transaction } from '@imgsrv/platform';
import type { Blob, BlobInspection } from '../blobs/blob.js';
import { insertBlob, keepBlob, replaceDamaged } from '../blobs/blob.repository.js';
import { recordPossession } from '../blobs/blob-possession.repository.js';
import { digestOfHex } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { type HashedObject, hashObject } from '../object-store/hash-object.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { HeadBytes, type HeaderInspector } from './header-inspector.js';
import type { IngestPayload } from './ingest.kind.js';
import { failSession, moveSession, recordVerified } from './upload.repository.js';
import type { UploadFailure, UploadObject, UploadSession, UploadSessionId } from './upload-session.js';

/** Told of what nobody else would notice. */
export interface IngestObserver {
  /** The same stored object was read twice and was not the same: memory or a network between flips bits. */
  readsDiffered(session: UploadSession): void;
}

interface Reading extends HashedObject {
  readonly head: Buffer;
}

const PROGRESS_INTERVAL_MS = 1000;
/** A store of several nodes may not show everywhere at once what it has just assembled. */
const SHOWS_LATE_MS = 1000;

/**
 * Verifies the stored object of one completed upload by reading it, and makes it a blob. Wrong bytes are the
 * client's error: the session fails with the reason, the object is discarded and the job is done. Everything that
 * is written is fenced by the job's lease, so a second worker cannot do it twice.
 *
 * The object is read whatever is known of the digest already: an upload that ended without it would let those who
 * only know a digest pass for those who have the bytes, and its end would tell them that the digest is known.
 */
export class Ingest {
  constructor(
    private readonly store: ObjectStore,
    private readonly inspector: HeaderInspector,
    private readonly observer: IngestObserver,
  ) {}

  /** Gives the session as the job left it; undefined when there was nothing to do. */
  async run(job: RunningJob<IngestPayload>): Promise<UploadSession | undefined> {
    const id = job.payload.uploadId;
    const session = await job.fenced((tx) => moveSession(tx, id, ['completed', 'ingesting'], 'ingesting'));
    if (session?.object === undefined) {
      return undefined;
    }
    return this.verify(job, session, session.object);
  }

  private async verify(
    job: RunningJob<IngestPayload>,
    session: UploadSession,
    object: UploadObject,
  ): Promise<UploadSession | undefined> {
    // Twice what was announced: what looks wrong is read once more.
    job.expectBytes(2 * session.expectedSizeBytes);
    const reading = await this.readUntilSure(job, session, object);
    const failure = reading === undefined ? LOST : mismatch(session, reading);
    return job.complete((tx) =>
      failure === undefined && reading !== undefined
        ? this.settleAsReady(tx, session, reading)
        : settleAsFailed(tx, session.id, failure ?? LOST),
    );
  }

  /**
   * What looks wrong or gone is read once more: neither a bit that flips between the store and here nor a store that shows an
   * object late is the publisher's fault.
   */
  private async readUntilSure(
    job: RunningJob<IngestPayload>,
    session: UploadSession,
    object: UploadObject,
  ): Promise<Reading | undefined> {
    const first = (await this.read(job, session, object)) ?? (await this.readLater(job, session, object));
    if (first === undefined || mismatch(session, first) === undefined) {
      return first;
    }
    const second = await this.read(job, session, object);
    if (second?.digestHex !== first.digestHex) {
      this.observer.readsDiffered(session);
    }
    return second;
  }

  private async readLater(
    job: RunningJob<IngestPayload>,
    session: UploadSession,
    object: UploadObject,
  ): Promise<Reading | undefined> {
    await pause(SHOWS_LATE_MS, undefined, { signal: job.signal });
    return this.read(job, session, object);
  }

  private async read(
    job: RunningJob<IngestPayload>,
    session: UploadSession,
    object: UploadObject,
  ): Promise<Reading | undefined> {
    const head = new HeadBytes(this.inspector.headerBytes);
    let reportedAtMs = performance.now();
    const hashed = await hashObject(this.store, object.storageKey, job.signal, async (chunk, sizeBytes) => {
      head.add(chunk);
      if (performance.now() - reportedAtMs > PROGRESS_INTERVAL_MS) {
        reportedAtMs = performance.now();
        await job.fenced((tx) => recordVerified(tx, session.id, sizeBytes));
      }
    });
    return hashed && { ...hashed, head: head.bytes() };
  }

  private async settleAsReady(
    tx: Transaction,
    session: UploadSession,
    reading: Reading,
  ): Promise<UploadSession | undefined> {
    if (session.object === undefined) {
      throw new Error('an ingesting upload has no object');
    }
    const blob = {
      digest: session.expectedDigest,
      sizeBytes: session.expectedSizeBytes,
      storageKey: session.object.storageKey,
    };
    const inspection = this.inspector.inspect(reading.head, reading.sizeBytes);
    await settleBlob(tx, session, session.object, blob, inspection);
    const ready = await moveSession(tx, session.id, ['ingesting'], 'ready');
    if (ready !== undefined) {
      await recordPossession(tx, ready.id);
    }
    return ready;
  }
}

/** Makes the verified object the one of its blob, unless the bytes of another upload are there and are sound. */
async function settleBlob(
  tx: Transaction,
  session: UploadSession,
  object: UploadObject,
  blob: Pick<Blob, 'digest' | 'sizeBytes' | 'storageKey'>,
  inspection: BlobInspection,
): Promise<void> {
  // One that is collected or found damaged between the statements makes room for this one.
  while (!(await insertBlob(tx, blob, inspection))) {
    const damaged = await replaceDamaged(tx, blob);
    if (damaged !== undefined) {
      await discardObject(tx, damaged, session.createdBy);
      return;
    }
    const winner = await keepBlob(tx, blob.digest);
    if (winner !== undefined && winner.damage === undefined) {
      await discardDuplicate(tx, session, object, winner);
      return;
    }
  }
}

/** Another upload of the digest was verified first: its generation stays and this one goes. */
async function discardDuplicate(
  tx: Transaction,
  session: UploadSession,
  object: UploadObject,
  winner: Blob,
): Promise<void> {
  if (winner.sizeBytes !== session.expectedSizeBytes) {
    throw new Error('bytes that were just hashed have the digest of a blob of another size');
  }
  if (winner.storageKey !== object.storageKey) {
    await discardObject(tx, object, session.createdBy);
  }
}

const LOST: UploadFailure = {
  code: 'upload-lost',
  detail: 'The stored bytes are gone or damaged; upload them again.',
};

function mismatch(session: UploadSession, reading: Reading): UploadFailure | undefined {
  if (reading.sizeBytes !== session.expectedSizeBytes) {
    return {
      code: 'size-mismatch',
      detail: `The upload has ${reading.sizeBytes} bytes, ${session.expectedSizeBytes} were announced.`,
    };
  }
  const actual = digestOfHex(reading.digestHex);
  return actual === session.expectedDigest
    ? undefined
    : { code: 'digest-mismatch', detail: `The bytes have the digest ${actual}, not the one announced.` };
}

/** Ends an upload whose bytes are not wanted, and discards them. Part of the transaction that ends its job. */
export async function settleAsFailed(
  tx: Transaction,
  id: UploadSessionId,
  failure: UploadFailure,
): Promise<UploadSession | undefined> {
  const session = await failSession(tx, id, failure);
  if (session?.object !== undefined) {
    await discardObject(tx, session.object, session.createdBy);
  }
  return session;
}
