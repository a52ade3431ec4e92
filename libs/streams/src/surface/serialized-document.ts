import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** The bytes of a document as they go out. */
export interface SerializedDocument {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  /** sha256 of the plain bytes in hex: the same document has the same one on every replica. */
  readonly sha256: string;
}

/** Compresses off the event loop. */
export async function serializeDocument(text: string): Promise<SerializedDocument> {
  const plain = Buffer.from(text);
  return {
    plain,
    gzip: await compress(plain),
    sha256: createHash('sha256').update(plain).digest('hex'),
  };
}
