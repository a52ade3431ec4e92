import type { Caller } from '@imgsrv/auth';
import type { SerializedDocument } from '@imgsrv/streams';
import type { Request, Response } from 'express';
import { PreconditionFailedError } from '../downloads/download.errors.js';
import { checkPreconditions } from '../downloads/preconditions.js';
import { prefersGzip } from './accepted-encoding.js';

/**
 * Answers GET and HEAD for a document of a surface, as the caller sees it, plain or compressed as the client would have it,
 * and with 304 when the client has these bytes already. Throws PreconditionFailedError.
 */
export function sendDocument(
  request: Request,
  response: Response,
  document: SerializedDocument,
  lastModified: Date,
  caller?: Caller,
): void {
  const compressed = prefersGzip(request.get('Accept-Encoding'));
  const body = compressed ? document.gzip : document.plain;
  // A strong entity tag is of one representation, and each encoding is one (RFC 9110, 8.8.3.3).
  const etag = `"${document.sha256}${compressed ? '-gzip' : ''}"`;
  const verdict = checkPreconditions(request.headers, { etag, lastModified });
  if (verdict === 'failed') {
    throw new PreconditionFailedError();
  }
  response.setHeader('Cache-Control', caller === undefined ? 'public, max-age=60' : 'private, no-cache');
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', lastModified.toUTCString());
  response.setHeader('Vary', 'Accept-Encoding, Authorization');
  if (verdict === 'not-modified') {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', document.mediaType);
  response.setHeader('Content-Length', body.length);
  if (compressed) {
    response.setHeader('Content-Encoding', 'gzip');
  }
  // Of an answer to HEAD, Node sends the header fields only.
  response.status(200).end(body);
}
