import { DependencyUnavailableError } from '@imgsrv/platform';
import type { Blob, DamageKind } from '../blobs/blob.js';
import { digestOfHex } from '../digest.js';
import { type HashedObject, hashObject } from '../object-store/hash-object.js';
import type { ObjectStore } from '../object-store/object-store.js';

export interface Judging {
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  /** Some bytes more were read; reading goes on when it resolves. */
  readonly onProgress: () => Promise<void>;
  /** Blobs whose objects are most likely there. */
  readonly findOthers: () => Promise<readonly Blob[]>;
}

export interface Judgement {
  /** Absent when the bytes are right. */
  readonly damage?: DamageKind;
  /** The same object was read twice and was not the same: memory or a network between flips bits. */
  readonly readsDiffered: boolean;
}

/**
 * Reads what the store keeps of a blob. What looks wrong is read once more before that counts. Rejects as the store does
 * when it cannot tell, and also when it says that the object is gone but has none of the others either: then it is not the
 * store, or not mounted.
 */
export async function judgeObject(blob: Blob, judging: Judging): Promise<Judgement> {
  const first = await read(blob, judging);
  if (isRight(blob, first)) {
    return { readsDiffered: false };
  }
  const second = await read(blob, judging);
  const readsDiffered = first?.digestHex !== second?.digestHex;
  if (isRight(blob, second)) {
    return { readsDiffered };
  }
  if (second !== undefined) {
    return { damage: 'mismatch', readsDiffered };
  }
  await requireOthers(judging);
  return { damage: 'lost', readsDiffered };
}

function read(
  { storageKey }: Blob,
  { store, signal, onProgress }: Judging,
): Promise<HashedObject | undefined> {
  return hashObject(store, storageKey, signal, onProgress);
}

function isRight({ digest, sizeBytes }: Blob, object: HashedObject | undefined): boolean {
  return object?.sizeBytes === sizeBytes && digestOfHex(object.digestHex) === digest;
}

async function requireOthers({ store, findOthers }: Judging): Promise<void> {
  const others = await findOthers();
  for (const { storageKey } of others) {
    if ((await store.head(storageKey)) !== undefined) {
      return;
    }
  }
  if (others.length > 0) {
    throw new DependencyUnavailableError('object-store', { reason: 'without any of the blobs looked for' });
  }
}
