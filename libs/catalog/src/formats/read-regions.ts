import type { ContentSource } from './content-check.js';

/** Reading on over a gap costs less than another request, below this. */
const SMALLEST_GAP_BYTES = 256 * 1024;
/** At most so many requests for one call: the larger a file is, the longer the gaps that are read over. */
const MOST_REQUESTS = 65_536;

/** The bytes `[offset, offset + lengthBytes)`, which have to be inside the blob. */
export async function readRegion(
  source: ContentSource,
  offset: number,
  lengthBytes: number,
): Promise<Buffer> {
  let region: Buffer = Buffer.alloc(0);
  await readRegions(source, [offset], lengthBytes, (bytes) => {
    region = bytes;
  });
  return region;
}

/**
 * Reads regions of one length at ascending offsets, which do not overlap and are inside the blob, and gives each to
 * `visit`. Memory is that of one region; no byte is read twice.
 */
export async function readRegions(
  source: ContentSource,
  offsets: Iterable<number>,
  lengthBytes: number,
  visit: (bytes: Buffer, offset: number) => void,
): Promise<void> {
  const gapBytes = Math.max(SMALLEST_GAP_BYTES, source.sizeBytes / MOST_REQUESTS);
  let group: number[] = [];
  for (const offset of lengthBytes === 0 ? [] : offsets) {
    const last = group.at(-1);
    if (last !== undefined && (offset - last - lengthBytes > gapBytes || group.length === LARGEST_GROUP)) {
      await readGroup(source, group, lengthBytes, visit);
      group = [];
    }
    group.push(offset);
  }
  await readGroup(source, group, lengthBytes, visit);
}

/** Keeps the list of a group short; the next one begins where it ends. */
const LARGEST_GROUP = 4096;

async function readGroup(
  source: ContentSource,
  offsets: readonly number[],
  lengthBytes: number,
  visit: (bytes: Buffer, offset: number) => void,
): Promise<void> {
  const [start] = offsets;
  if (start === undefined) {
    return;
  }
  source.signal.throwIfAborted();
  const end = (offsets.at(-1) ?? start) + lengthBytes - 1;
  const body = await source.open({ start, end });
  let at = start;
  let next = 0;
  let region = Buffer.allocUnsafe(lengthBytes);
  let filledBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let used = 0;
    while (used < chunk.length) {
      const offset = offsets[next] ?? Infinity;
      const skipBytes = Math.min(offset + filledBytes - at, chunk.length - used);
      used += skipBytes;
      at += skipBytes;
      const copiedBytes = chunk.copy(region, filledBytes, used);
      used += copiedBytes;
      at += copiedBytes;
      filledBytes += copiedBytes;
      if (filledBytes === lengthBytes) {
        visit(region, offset);
        region = Buffer.allocUnsafe(lengthBytes);
        filledBytes = 0;
        next += 1;
      }
    }
  }
  if (next < offsets.length) {
    throw new Error(`the stream of a range ended after ${at - start} bytes`);
  }
}
