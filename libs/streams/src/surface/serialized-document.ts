import { ComposedDocument } from './composed-document.js';
import { makePiece } from './document-piece.js';

/** A document as it goes out. The clients of Simple Streams ask for gzip; zstd is for others. */
export interface SerializedDocument {
  /** With its charset: the value of Content-Type. */
  readonly mediaType: string;
  /** Made at each use; what is sent are the bodies. */
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly plainBody: readonly Buffer[];
  readonly gzipBody: readonly Buffer[];
  /** Undefined where Node has no zstd, and at first: it is made when it is asked for, off the event loop, since few want it. */
  zstdBody(): readonly Buffer[] | undefined;
  /** Of the plain bytes. */
  readonly sizeBytes: number;
  /** A hash of the plain bytes: the same document has the same one on every replica. */
  readonly tag: string;
}

/** Compresses off the event loop. */
export async function serializeDocument(
  text: string,
  mediaType = JSON_MEDIA_TYPE,
): Promise<SerializedDocument> {
  return new ComposedDocument(mediaType, [await makePiece(Buffer.from(text))]);
}

export const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';
