import { randomUUID } from 'node:crypto';
import { UUID_PATTERN } from '@imgsrv/platform';
import { type Digest, hexOf } from './digest.js';

/**
 * A fresh key for one upload of a digest. Each upload is a generation of its own, so that removing one can never
 * hurt another.
 */
export function newGenerationKey(digest: Digest): string {
  const hex = hexOf(digest);
  return `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/${randomUUID()}`;
}

/** How many parts the keys are listed in, one after the other. */
export const KEY_PARTITIONS = 16;

/** What the keys of a partition, 0 to `KEY_PARTITIONS` - 1, begin with. Nothing that lasts is elsewhere. */
export function partitionPrefixes(partition: number): readonly string[] {
  const blobs = `blobs/sha256/${partition.toString(16)}`;
  return partition === 0 ? [blobs, 'records/'] : [blobs];
}

/** What probes of the store write, and remove again, begins with. No row knows it and no sweep looks there. */
export const PROBE_PREFIX = 'probes/';

const GENERATION_KEY =
  /^blobs\/sha256\/([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether `newGenerationKey` could have made the key. Whatever else lies in the store is not ours to remove. */
export function isGenerationKey(key: string): boolean {
  return GENERATION_KEY.test(key);
}

/** What there are records of: images with their aliases, and versions. */
const RECORD_SUBJECTS = ['images', 'versions'] as const;

export type RecordSubject = (typeof RECORD_SUBJECTS)[number];

/** Which record an object is: the later revision of a subject has the higher number, and its key sorts behind. */
export interface RecordKey {
  readonly subject: RecordSubject;
  /** UUID. */
  readonly id: string;
  readonly revision: number;
  /** Of the bytes. */
  readonly sha256Hex: string;
}

const REVISION_DIGITS = 16;

/** The one key of these bytes at this revision: writing them again changes nothing. */
export function recordKey({ subject, id, revision, sha256Hex }: RecordKey): string {
  return `records/${subject}/${id}/${String(revision).padStart(REVISION_DIGITS, '0')}-${sha256Hex}`;
}

const RECORD_KEY = /^records\/(images|versions)\/([0-9a-f-]{36})\/([0-9]{16})-([0-9a-f]{64})$/;

/** Undefined when `recordKey` cannot have made the key. */
export function parseRecordKey(key: string): RecordKey | undefined {
  const [, subject, id = '', revision, sha256Hex = ''] = RECORD_KEY.exec(key) ?? [];
  const known = RECORD_SUBJECTS.find((name) => name === subject);
  if (known === undefined || !UUID_PATTERN.test(id)) {
    return undefined;
  }
  return { subject: known, id, revision: Number(revision), sha256Hex };
}
