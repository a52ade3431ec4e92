import { createHash } from 'node:crypto';
import type { RecordKey, RecordSubject } from '@imgsrv/cas';
import { canonicalJson, type Json } from './canonical-json.js';
import { RECORDED_TABLES } from './recorded-tables.js';

/** A row as Postgres gives it as JSON: columns by name, times in UTC with all their digits. */
export type RecordedRow = Readonly<Record<string, Json>>;

/** All that the catalogue knows of a version, or of an image and its aliases, at one revision. */
export interface CatalogRecord {
  readonly subject: RecordSubject;
  readonly id: string;
  readonly revision: number;
  /** Name of the image. */
  readonly image: string;
  readonly rows: Readonly<Record<string, readonly RecordedRow[]>>;
}

/** Raised when records of before can no longer be read as they are. */
const FORMAT = 1;

/** The object of a record: its bytes, and the key that names them. */
export function writeRecord(record: CatalogRecord): { readonly key: RecordKey; readonly bytes: Buffer } {
  const { subject, id, revision, image, rows } = record;
  const bytes = Buffer.from(canonicalJson({ format: FORMAT, subject, id, revision, image, rows }));
  const sha256Hex = createHash('sha256').update(bytes).digest('hex');
  return { key: { subject, id, revision, sha256Hex }, bytes };
}

/** Why a subject cannot be restored from its record, for the operator. */
export class NotRestorableError extends Error {
  override readonly name = 'NotRestorableError';
}

/** Throws NotRestorableError. */
export function parseRecord(key: RecordKey, bytes: Buffer): CatalogRecord {
  const content = parseJson(bytes);
  if (content['format'] !== FORMAT) {
    throw new NotRestorableError('its record has a format that this release does not know');
  }
  const { subject, id, revision, image } = content;
  if (subject !== key.subject || id !== key.id || revision !== key.revision || typeof image !== 'string') {
    throw new NotRestorableError('its record is not what its key says');
  }
  return {
    subject: key.subject,
    id: key.id,
    revision: key.revision,
    image,
    rows: rowsOf(key, content['rows']),
  };
}

function parseJson(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(bytes.toString());
    if (isObject(parsed)) {
      return parsed;
    }
  } catch {
    // Told below.
  }
  throw new NotRestorableError('its record is no JSON object');
}

function rowsOf(key: RecordKey, stored: unknown): CatalogRecord['rows'] {
  const tables = RECORDED_TABLES[key.subject].map(({ name }) => name);
  if (!isObject(stored) || Object.keys(stored).some((name) => !tables.includes(name))) {
    throw new NotRestorableError('its record has rows of tables that this release does not know');
  }
  return Object.fromEntries(
    tables.map((name) => {
      const rows = stored[name] ?? [];
      if (!Array.isArray(rows) || !rows.every(isObject)) {
        throw new NotRestorableError(`its ${name} are no rows`);
      }
      return [name, rows as RecordedRow[]];
    }),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
