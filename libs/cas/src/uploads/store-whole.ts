import type { Readable } from 'node:stream';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { type Digest, digestOfHex, hexOf } from '../digest.js';
import { hashObject } from '../object-store/hash-object.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { checkBody } from './body-check.js';
import { HeadBytes, type HeaderInspector } from './header-inspector.js';
import { DigestMismatchError } from './upload.errors.js';

export interface WholeObject {
  readonly key: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Stores all bytes of an object at once and hashes them on their way; what a store keeps that compares nothing itself is read
 * again. Gives what their beginning says. Rejects with DigestMismatchError and TruncatedBodyError for what came.
 */
export async function storeWhole(
  store: ObjectStore,
  object: WholeObject,
  body: Readable,
  { inspector, signal }: { readonly inspector: HeaderInspector; readonly signal: AbortSignal },
): Promise<ReturnType<HeaderInspector['inspect']>> {
  const head = new HeadBytes(inspector.headerBytes);
  const rules = {
    announced: [{ algorithm: 'sha256' as const, value: Buffer.from(hexOf(object.digest), 'hex') }],
    onChunk: (chunk: Buffer) => {
      head.add(chunk);
    },
    mismatch: () => new DigestMismatchError(),
  };
  const { isCompared } = await checkBody(rules, body, (checked) => store.putObject(object, checked, signal));
  if (!isCompared) {
    await compare(store, object, signal);
  }
  return inspector.inspect(head.bytes(), object.sizeBytes);
}

/** Once more when it looks wrong. */
async function compare(store: ObjectStore, { key, digest }: WholeObject, signal: AbortSignal): Promise<void> {
  for (let reading = 0; reading < 2; reading += 1) {
    const stored = await hashObject(store, key, signal, () => undefined);
    if (stored !== undefined && digestOfHex(stored.digestHex) === digest) {
      return;
    }
  }
  throw new DependencyUnavailableError('object-store', { reason: 'kept other bytes than it was sent' });
}
