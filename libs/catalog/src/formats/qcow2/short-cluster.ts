import { inflateRawSync } from 'node:zlib';
import type { ContentSource } from '../content-check.js';
import type { Qcow2Header } from '../header/qcow2-header.js';
import type { ShortCluster } from './mapped-clusters.js';
import { cutOff } from './qcow2-damage.js';
import { readRegion } from '../read-regions.js';

const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_RLE_BLOCK = 1;

/**
 * Looks whether compressed data at the end of a file is all there. Its length is known by sectors only, and not every
 * program fills up the last one. Throws Qcow2Damage.
 */
export async function refuseCutData(
  source: ContentSource,
  header: Qcow2Header,
  { offset, lengthBytes }: ShortCluster,
): Promise<void> {
  const data = await readRegion(source, offset, lengthBytes);
  const isWhole = header.compressionType === 0 ? isWholeDeflate(data, header) : isWholeZstd(data);
  if (!isWhole) {
    throw cutOff('compressed cluster', offset, source.sizeBytes);
  }
}

function isWholeDeflate(data: Buffer, { clusterBits }: Qcow2Header): boolean {
  try {
    const options = { maxOutputLength: 2 ** clusterBits };
    return inflateRawSync(data, options).length === 2 ** clusterBits;
  } catch {
    return false;
  }
}

/** Walks over the blocks of the frame, RFC 8878 section 3.1.1, without unpacking them. */
function isWholeZstd(data: Buffer): boolean {
  if (data.length < 6 || data.readUInt32LE(0) !== ZSTD_MAGIC) {
    return false;
  }
  const descriptor = data.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + sizeBytes;
  for (;;) {
    if (at + 3 > data.length) {
      return false;
    }
    const block = data.readUIntLE(at, 3);
    at += 3 + (((block >> 1) & 3) === ZSTD_RLE_BLOCK ? 1 : block >> 3);
    if ((block & 1) !== 0) {
      return at + ((descriptor & 4) === 0 ? 0 : 4) <= data.length;
    }
  }
}
