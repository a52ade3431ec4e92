import type { IncomingHttpHeaders } from 'node:http';
import type { AnnouncedDigest } from '@imgsrv/cas';
import { InvalidRequestError, LengthRequiredError } from '../http/http.errors.js';

/**
 * The announced length of a part; undefined for one that comes in chunks. Throws LengthRequiredError for a request without
 * a body, which is not the same as an empty one, and InvalidRequestError for encodings that nobody undoes.
 */
export function partSizeBytes(headers: IncomingHttpHeaders): number | undefined {
  const length = headers['content-length'];
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined) {
    if (encoding.trim().toLowerCase() !== 'chunked') {
      throw new InvalidRequestError('The only Transfer-Encoding of a part is chunked.');
    }
    return undefined;
  }
  if (length === undefined) {
    throw new LengthRequiredError();
  }
  if (!/^\d+$/.test(length)) {
    throw new InvalidRequestError('The Content-Length is not a number of bytes.');
  }
  return Number(length);
}

/**
 * The digests that came with a part: sha-256 of Content-Digest (RFC 9530; other algorithms are passed over) and
 * Content-MD5 (RFC 1864). Throws InvalidRequestError for values that are not digests.
 */
export function announcedDigests(headers: IncomingHttpHeaders): AnnouncedDigest[] {
  const digests: AnnouncedDigest[] = [];
  const contentDigest = headers['content-digest'];
  if (contentDigest !== undefined) {
    digests.push(...sha256Members(String(contentDigest)));
  }
  const contentMd5 = headers['content-md5'];
  if (contentMd5 !== undefined) {
    digests.push({ algorithm: 'md5', value: decode(String(contentMd5), 16, 'Content-MD5') });
  }
  return digests;
}

function sha256Members(header: string): AnnouncedDigest[] {
  return header.split(',').flatMap((member) => {
    const match = /^\s*([a-z0-9*_.-]+)=:([A-Za-z0-9+/=]*):(?:;.*)?\s*$/.exec(member);
    if (match === null) {
      throw new InvalidRequestError('The Content-Digest must look like sha-256=:<base64>:.');
    }
    return match[1] === 'sha-256'
      ? [{ algorithm: 'sha256' as const, value: decode(match[2] ?? '', 32, 'Content-Digest') }]
      : [];
  });
}

function decode(base64: string, lengthBytes: number, header: string): Buffer {
  const value = Buffer.from(base64, 'base64');
  if (value.length !== lengthBytes || value.toString('base64') !== base64.trim()) {
    throw new InvalidRequestError(`The ${header} is not the base64 of ${lengthBytes} bytes.`);
  }
  return value;
}
