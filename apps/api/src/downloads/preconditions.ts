import type { IncomingHttpHeaders } from 'node:http';
import { listsEntityTag } from '../http/entity-tags.js';

export interface Validators {
  /** A strong entity tag with its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

export type PreconditionAnswer = 'proceed' | 'not-modified' | 'failed';

/** Evaluates the conditional headers of a GET or HEAD in the order of RFC 9110, 13.2.2. */
export function checkPreconditions(headers: IncomingHttpHeaders, current: Validators): PreconditionAnswer {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!listsEntityTag(ifMatch, current.etag, 'strong')) {
      return 'failed';
    }
  } else if (isModifiedSince(current, headers['if-unmodified-since']) === true) {
    return 'failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return listsEntityTag(ifNoneMatch, current.etag, 'weak') ? 'not-modified' : 'proceed';
  }
  return isModifiedSince(current, headers['if-modified-since']) === false ? 'not-modified' : 'proceed';
}

/** True when a Range header may be honoured: there is no If-Range, or it names exactly the current representation. */
export function ifRangeHolds(headers: IncomingHttpHeaders, current: Validators): boolean {
  const header = headers['if-range'];
  if (typeof header !== 'string') {
    return true;
  }
  return header.includes('"') ? header.trim() === current.etag : isSameDate(header, current.lastModified);
}

/** Undefined when there is no usable date. Whole seconds, as HTTP dates have no finer ones. */
function isModifiedSince(current: Validators, header: string | undefined): boolean | undefined {
  const sinceMs = header === undefined ? Number.NaN : parseHttpDate(header);
  return Number.isNaN(sinceMs) ? undefined : wholeSecondsMs(current.lastModified) > sinceMs;
}

function isSameDate(header: string, lastModified: Date): boolean {
  return parseHttpDate(header) === wholeSecondsMs(lastModified);
}

function parseHttpDate(text: string): number {
  return /\bGMT$|^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d /.test(text.trim()) ? Date.parse(text) : Number.NaN;
}

function wholeSecondsMs(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
