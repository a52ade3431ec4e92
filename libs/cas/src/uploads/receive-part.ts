import type { Readable } from 'node:stream';
import type { Database, Transaction } from '@imgsrv/platform';
import type { ObjectStore } from '../object-store/object-store.js';
import { type AnnouncedDigest, checkBody } from './body-check.js';
import { requireOpen } from './open-session.js';
import { type PartPlace, refusePart } from './part-room.js';
import { UploadNotFoundError, type PartTooLargeError } from './upload.errors.js';
import { findPartPlace, forgetPart, lockPartPlace, recordPart } from './upload-part.repository.js';
import type { UploadPart, UploadSessionId, UploadTimes } from './upload-session.js';

export interface IncomingPart {
  readonly partNumber: number;
  /** Undefined when the client does not say it before the body ends. */
  readonly sizeBytes: number | undefined;
  /** Digests the client announced for this part, checked before the part counts. */
  readonly announced: readonly AnnouncedDigest[];
}

export interface PartDelivery {
  readonly id: UploadSessionId;
  readonly part: IncomingPart;
  /** Called when the bytes are wanted, and not before. */
  readonly body: () => Readable;
  readonly signal: AbortSignal;
}

/**
 * Streams one part to the store and records it. The part counts only once this resolves; a body that ends early
 * or differs from an announced digest leaves the record as it was. Repeating replaces the part, and frees what it
 * replaces. Throws PartTooLargeError when the part cannot belong to the announced size: before the body is asked for,
 * or, when its size is not known then, as soon as too much of it has come.
 */
export async function receivePart(
  database: Database,
  store: ObjectStore,
  times: UploadTimes,
  { id, part, body, signal }: PartDelivery,
): Promise<UploadPart> {
  const place = requirePlace(await findPartPlace(database, id, part.partNumber));
  const { storageKey: key, multipartUploadId: uploadId } = requireOpen(place.session);
  const { partNumber, sizeBytes, announced } = part;
  const tooLarge = refusePart(place, sizeBytes ?? 0);
  if (tooLarge !== undefined) {
    throw tooLarge;
  }
  const refuseSize = (bytes: number) => refusePart(place, bytes);
  const rules = sizeBytes === undefined ? { announced, refuseSize } : { announced };
  const stored = await checkBody(rules, body(), (checked) =>
    store.putPart({ key, uploadId, partNumber, sizeBytes }, checked, signal),
  );
  const received = { partNumber, ...stored };
  const { unnamed, refusal } = await database.transaction((tx) => settlePart(tx, id, received, times));
  for (const { etag } of unnamed) {
    // What stays is removed with the rest of the upload, at its end.
    await store.discardPart({ key, uploadId, partNumber, etag }).catch(() => undefined);
  }
  if (refusal !== undefined) {
    throw refusal;
  }
  return received;
}

interface SettledPart {
  /** Stored parts that the record does not name any more. */
  readonly unnamed: readonly UploadPart[];
  /** Set when the part itself is among them. */
  readonly refusal?: PartTooLargeError;
}

/**
 * Records a part that is stored, unless others that came at the same time have left no room for it: nobody else changes
 * the parts meanwhile, so their sum never exceeds what was announced. A part that is refused takes with it what it
 * was to replace, because a store may have put the one in the place of the other.
 */
async function settlePart(
  tx: Transaction,
  id: UploadSessionId,
  part: UploadPart,
  times: UploadTimes,
): Promise<SettledPart> {
  const place = requirePlace(await lockPartPlace(tx, id, part.partNumber));
  requireOpen(place.session);
  const held = place.held === undefined ? [] : [place.held];
  const refusal = refusePart(place, part.sizeBytes);
  if (refusal !== undefined) {
    await forgetPart(tx, id, part.partNumber);
    return { unnamed: [...held, part], refusal };
  }
  await recordPart(tx, id, part, times);
  return { unnamed: held.filter(({ etag }) => etag !== part.etag) };
}

function requirePlace(place: PartPlace | undefined): PartPlace {
  if (place === undefined) {
    throw new UploadNotFoundError();
  }
  return place;
}
