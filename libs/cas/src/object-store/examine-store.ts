import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { describeCauses, type Finding, ok, problem, warning } from '@imgsrv/platform';
import { PROBE_PREFIX } from '../object-keys.js';
import type { ByteRange, ObjectStore } from './object-store.js';

/** S3 assembles nothing with a smaller part before the last. */
const FIRST_PART_BYTES = 5 * 2 ** 20;
/** On both sides of where the parts meet. */
const RANGE: ByteRange = { start: FIRST_PART_BYTES - 3, end: FIRST_PART_BYTES + 2 };

/**
 * Uses any store as the processes do, with one object of two parts below `PROBE_PREFIX`, which it removes. Never rejects for
 * what the store does: that is a finding.
 */
export async function examineStore(store: ObjectStore): Promise<readonly Finding[]> {
  const key = `${PROBE_PREFIX}whole/${randomUUID()}`;
  const bytes = randomBytes(FIRST_PART_BYTES + 1000);
  const findings = [await tried('store: access', 'It answers, and lets us in.', () => store.check())];
  if (findings.some(({ verdict }) => verdict === 'problem')) {
    return findings;
  }
  const steps: readonly [string, string, () => Promise<void>][] = [
    ['store: multipart upload', 'Two parts were sent and assembled.', () => put(store, key, bytes)],
    ['store: size', 'HEAD tells it.', () => requireSize(store, key, bytes.length)],
    ['store: reads', 'All bytes came back as they were.', () => requireBytes(store, key, bytes)],
    ['store: ranges', 'A range across two parts came back.', () => requireBytes(store, key, bytes, RANGE)],
    ['store: listing', 'It shows the object.', () => requireListed(store, key)],
  ];
  for (const [check, works, step] of steps) {
    findings.push(await tried(check, works, step));
    if (findings.length === 2 && findings.at(-1)?.verdict === 'problem') break;
  }
  findings.push(await tried('store: removal', 'The object is gone again.', () => remove(store, key)));
  findings.push(await listsUploads(store));
  return findings;
}

async function tried(check: string, works: string, step: () => Promise<unknown>): Promise<Finding> {
  try {
    await step();
    return ok(check, works);
  } catch (error) {
    return problem(
      check,
      describeCauses(error),
      'See docs/operators/deploy.md for what the store must do and allow.',
    );
  }
}

async function put(store: ObjectStore, key: string, bytes: Buffer): Promise<void> {
  const uploadId = await store.createMultipartUpload(key);
  try {
    const parts = [];
    for (const [index, part] of [
      bytes.subarray(0, FIRST_PART_BYTES),
      bytes.subarray(FIRST_PART_BYTES),
    ].entries()) {
      const target = { key, uploadId, partNumber: index + 1, sizeBytes: part.length };
      const stored = await store.putPart(target, Readable.from([part], { objectMode: false }));
      parts.push({ partNumber: index + 1, ...stored });
    }
    await store.completeMultipartUpload(key, uploadId, parts);
  } catch (error) {
    await store.abortMultipartUpload(key, uploadId).catch(() => undefined);
    throw error;
  }
}

async function requireSize(store: ObjectStore, key: string, sizeBytes: number): Promise<void> {
  const found = await store.head(key);
  if (found?.sizeBytes !== sizeBytes) {
    throw new Error(
      `HEAD says ${found === undefined ? 'nothing' : found.sizeBytes}, not ${sizeBytes} bytes.`,
    );
  }
}

async function requireBytes(
  store: ObjectStore,
  key: string,
  bytes: Buffer,
  range?: ByteRange,
): Promise<void> {
  const { body } = await store.openRead(key, range === undefined ? {} : { range });
  const hold: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) hold.push(Buffer.from(chunk));
  const expected = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
  if (!Buffer.concat(hold).equals(expected)) {
    throw new Error('Other bytes came back than were sent.');
  }
}

async function requireListed(store: ObjectStore, key: string): Promise<void> {
  for await (const listed of store.list(key)) {
    if (listed.key === key) return;
  }
  throw new Error('The listing does not show an object that is there.');
}

async function remove(store: ObjectStore, key: string): Promise<void> {
  await store.delete(key);
  if ((await store.head(key)) !== undefined) {
    throw new Error('The object is still there after its removal.');
  }
}

/** An api needs it never, a worker to find what nobody will complete. */
async function listsUploads(store: ObjectStore): Promise<Finding> {
  const check = 'store: unfinished uploads';
  try {
    await store.listMultipartUploads(PROBE_PREFIX)[Symbol.asyncIterator]().next();
    return ok(check, 'They can be listed.');
  } catch (error) {
    return warning(
      check,
      describeCauses(error),
      'A worker needs this to remove what was left; an api does not.',
    );
  }
}
