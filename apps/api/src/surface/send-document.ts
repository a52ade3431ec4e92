import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { Caller } from '@imgsrv/auth';
import type { SerializedDocument } from '@imgsrv/streams';
import { PreconditionFailedError } from '../downloads/download.errors.js';
import { checkPreconditions } from '../downloads/preconditions.js';
import { type Encoding, preferredEncoding } from './accepted-encoding.js';

/**
 * Answers GET and HEAD for a document of a surface, as the caller sees it, plain or compressed as the client would have it,
 * and with 304 when the client has these bytes already. Throws PreconditionFailedError.
 */
export function sendDocument(
  request: IncomingMessage,
  response: ServerResponse,
  document: SerializedDocument,
  lastModified: Date,
  caller?: Caller,
): void {
  const { encoding, body } = representationOf(document, request.headers['accept-encoding']);
  // A strong entity tag is of one representation, and each encoding is one (RFC 9110, 8.8.3.3).
  const etag = `"${document.tag}${encoding === undefined ? '' : `-${encoding}`}"`;
  const verdict = checkPreconditions(request.headers, { etag, lastModified });
  if (verdict === 'failed') {
    throw new PreconditionFailedError();
  }
  response.setHeader('Cache-Control', caller === undefined ? 'public, max-age=60' : 'private, no-cache');
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', lastModified.toUTCString());
  response.setHeader('Vary', 'Accept-Encoding, Authorization');
  if (verdict === 'not-modified') {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.setHeader('Content-Type', document.mediaType);
  response.setHeader(
    'Content-Length',
    body.reduce((sum, { length }) => sum + length, 0),
  );
  if (encoding !== undefined) {
    response.setHeader('Content-Encoding', encoding);
  }
  response.statusCode = 200;
  sendBody(request, response, body);
}

interface Representation {
  readonly encoding: Encoding | undefined;
  readonly body: readonly Buffer[];
}

function representationOf(document: SerializedDocument, acceptEncoding: string | undefined): Representation {
  let encoding = preferredEncoding(acceptEncoding, ['zstd', 'gzip']);
  if (encoding === 'zstd') {
    const body = document.zstdBody();
    if (body !== undefined) return { encoding, body };
    encoding = preferredEncoding(acceptEncoding, ['gzip']);
  }
  return encoding === 'gzip'
    ? { encoding, body: document.gzipBody }
    : { encoding: undefined, body: document.plainBody };
}

/** Of an answer to HEAD, Node sends the header fields only. */
function sendBody(request: IncomingMessage, response: ServerResponse, body: readonly Buffer[]): void {
  const [only] = body;
  if (body.length > 1 && request.method !== 'HEAD') {
    // It reads as the client takes it: what waits is not copied, and one that went away ends it.
    pipeline(Readable.from(body, { objectMode: false }), response, () => undefined);
  } else {
    response.end(only);
  }
}
