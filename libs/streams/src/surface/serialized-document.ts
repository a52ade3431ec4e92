import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** A document as it goes out. Of encodings only gzip: it is the one that the clients of Simple Streams ask for. */
export interface SerializedDocument {
  /** With its charset: the value of Content-Type. */
  readonly mediaType: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  /** sha256 of the plain bytes in hex: the same document has the same one on every replica. */
  readonly sha256: string;
}

/** Compresses off the event loop. */
export async function serializeDocument(
  text: string,
  mediaType = 'application/json; charset=utf-8',
): Promise<SerializedDocument> {
  const plain = Buffer.from(text);
  return {
    mediaType,
    plain,
    gzip: await compress(plain),
    sha256: createHash('sha256').update(plain).digest('hex'),
  };
}
