const MIB = 1024 * 1024;
const SMALLEST_CHUNK_BYTES = 8 * MIB;
/** Bounds the journal. */
const MOST_CHUNKS = 1024;

/** A piece of a download: from `start` up to, not including, `end`. */
export interface Chunk {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** How large the pieces of a file are that are asked for one by one, in whole MiB. */
export function chunkBytesFor(sizeBytes: number): number {
  return Math.max(SMALLEST_CHUNK_BYTES, Math.ceil(sizeBytes / MOST_CHUNKS / MIB) * MIB);
}

export function planChunks(sizeBytes: number, chunkBytes: number): Chunk[] {
  return Array.from({ length: Math.ceil(sizeBytes / chunkBytes) }, (_, index) => ({
    index,
    start: index * chunkBytes,
    end: Math.min((index + 1) * chunkBytes, sizeBytes),
  }));
}

/** Whether a `Content-Range` is exactly the one that was asked for (RFC 9110, 14.4). */
export function isRange(header: string | undefined, start: number, end: number, sizeBytes: number): boolean {
  return header === `bytes ${start}-${end - 1}/${sizeBytes}`;
}
