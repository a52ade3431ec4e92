import type { ContentSource } from '../content-check.js';
import type { Qcow2Header } from '../header/qcow2-header.js';
import { cutOff, damaged } from './qcow2-damage.js';
import { readRegion, readRegions } from '../read-regions.js';

/** Of larger images only the places are checked: 32 MiB of memory hold what is counted for half a TiB of usual ones. */
const MOST_CLUSTERS = 8 * 2 ** 20;
const ENTRY_BYTES = 8;
const LARGEST_COUNT = 0xffff;

/**
 * How often each cluster of an image is referred to, and how often the image itself says so. A guest that writes to an
 * image which says too little overwrites what it still needs.
 */
export class ReferenceCounts {
  private readonly clusterBytes: number;
  private readonly blocks: number[] = [];
  private readonly recorded: Uint16Array;
  private readonly found: Uint16Array;

  private constructor(
    private readonly source: ContentSource,
    private readonly header: Qcow2Header,
  ) {
    this.clusterBytes = 2 ** header.clusterBits;
    const clusters = Math.ceil(source.sizeBytes / this.clusterBytes);
    // qemu counts anew before it writes to an image that was not closed.
    const isCounted = !header.isDirty && clusters <= MOST_CLUSTERS;
    this.recorded = new Uint16Array(isCounted ? clusters : 0);
    this.found = new Uint16Array(this.recorded.length);
  }

  /** Throws Qcow2Damage when the tables of counts are not inside the file. */
  static async read(source: ContentSource, header: Qcow2Header): Promise<ReferenceCounts> {
    const counts = new ReferenceCounts(source, header);
    await counts.readTable();
    return counts;
  }

  /** What the image says of the cluster at `offset`; undefined where nothing is counted. */
  recordedAt(offset: number): number | undefined {
    return this.recorded[Math.floor(offset / this.clusterBytes)];
  }

  /**
   * Counts references to what lies at `offset`, and throws Qcow2Damage when that ends behind the file. The last cluster of
   * a file may be short: who knows which bytes of it are needed has to look.
   */
  refer(what: string, offset: number, lengthBytes: number, times = 1): void {
    if (lengthBytes === 0) {
      return;
    }
    if (
      offset + lengthBytes - this.source.sizeBytes >= this.clusterBytes ||
      offset >= this.source.sizeBytes
    ) {
      throw cutOff(what, offset, this.source.sizeBytes);
    }
    const last = Math.floor((offset + lengthBytes - 1) / this.clusterBytes);
    for (let cluster = Math.floor(offset / this.clusterBytes); cluster <= last; cluster += 1) {
      // Out of bounds where nothing is counted, which an array of numbers ignores.
      this.found[cluster] = Math.min(LARGEST_COUNT, (this.found[cluster] ?? 0) + times);
    }
  }

  /** As `refer`, and all of it has to be there. */
  referWhole(what: string, offset: number, lengthBytes: number, times = 1): void {
    if (lengthBytes > 0 && offset + lengthBytes > this.source.sizeBytes) {
      throw cutOff(what, offset, this.source.sizeBytes);
    }
    this.refer(what, offset, lengthBytes, times);
  }

  /** Throws Qcow2Damage when something is used more often than the image says, once all references are counted. */
  compare(): void {
    for (const offset of this.blocks) {
      if ((this.found[offset / this.clusterBytes] ?? 1) !== 1) {
        throw damaged(`its table of reference counts at byte ${offset} is used for something else too`);
      }
    }
    for (const [cluster, references] of this.found.entries()) {
      if (references > (this.recorded[cluster] ?? 0)) {
        const offset = cluster * this.clusterBytes;
        throw damaged(`what is at byte ${offset} is referred to more often than its reference count says`);
      }
    }
  }

  private async readTable(): Promise<void> {
    const { refcountTableOffset: offset, refcountTableClusters } = this.header;
    const lengthBytes = refcountTableClusters * this.clusterBytes;
    this.referWhole('table of reference counts', offset, lengthBytes);
    const table = await readRegion(this.source, offset, lengthBytes);
    const indexOf = new Map<number, number>();
    for (let index = 0; index < lengthBytes / ENTRY_BYTES; index += 1) {
      const high = table.readUInt32BE(index * ENTRY_BYTES);
      const low = table.readUInt32BE(index * ENTRY_BYTES + 4);
      // All of it is a place, other than in tables of the guest.
      const block = high * 2 ** 32 + low;
      if (block === 0) {
        continue;
      }
      if (block % this.clusterBytes !== 0) {
        throw damaged(`entry ${index} of its table of reference counts is not aligned`);
      }
      this.referWhole('block of reference counts', block, this.clusterBytes);
      if (this.recorded.length > 0) {
        indexOf.set(block, index);
        this.blocks.push(block);
      }
    }
    const offsets = Float64Array.from(indexOf.keys()).sort();
    await readRegions(this.source, offsets, this.clusterBytes, (bytes, at) => {
      this.record(bytes, indexOf.get(at) ?? 0);
    });
  }

  private record(block: Buffer, index: number): void {
    const { refcountOrder } = this.header;
    const entries = (this.clusterBytes * 8) / 2 ** refcountOrder;
    const first = index * entries;
    const end = Math.min(entries, this.recorded.length - first);
    for (let at = 0; at < end; at += 1) {
      this.recorded[first + at] = Math.min(LARGEST_COUNT, readCount(block, at, refcountOrder));
    }
  }
}

function readCount(block: Buffer, at: number, order: number): number {
  switch (order) {
    case 6:
      return block.readUInt32BE(at * 8) > 0 ? LARGEST_COUNT : block.readUInt32BE(at * 8 + 4);
    case 5:
      return block.readUInt32BE(at * 4);
    case 4:
      return block.readUInt16BE(at * 2);
    case 3:
      return block.readUInt8(at);
    default: {
      const width = 2 ** order;
      const byte = block.readUInt8(Math.floor((at * width) / 8));
      return (byte >> ((at * width) % 8)) & (2 ** width - 1);
    }
  }
}
