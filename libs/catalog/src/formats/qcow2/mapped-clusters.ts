import type { ContentSource } from '../content-check.js';
import type { Qcow2Header } from '../header/qcow2-header.js';
import { type GuestTables, isMiscounted, type L2Table } from './guest-tables.js';
import { cutOff, damaged } from './qcow2-damage.js';
import { readRegions } from '../read-regions.js';
import type { ReferenceCounts } from './reference-counts.js';
import { isCopied, offsetOf } from './table-entry.js';

const COMPRESSED = 0x40;
const SUBCLUSTERS = 32;
const SECTOR_BYTES = 512;

/** Compressed data that reaches beyond the end of the file by less than a sector, which may be no more than padding. */
export interface ShortCluster {
  readonly offset: number;
  readonly lengthBytes: number;
}

/**
 * Reads every table of the second level and looks whether what it maps is inside the file. Gives the compressed clusters
 * that can only be judged by unpacking them. Throws Qcow2Damage.
 */
export async function findMappedClusters(
  source: ContentSource,
  header: Qcow2Header,
  guest: GuestTables,
  counts: ReferenceCounts,
): Promise<ShortCluster[]> {
  const short = new Map<number, ShortCluster>();
  const tables = guest.inOrder();
  const offsets = function* (): Generator<number> {
    for (const { offset } of guest.inOrder()) {
      yield offset;
    }
  };
  await readRegions(source, offsets(), 2 ** header.clusterBits, (bytes) => {
    const next = tables.next();
    if (next.done !== true) {
      new L2Reader(source, header, guest, counts, next.value, short).read(bytes);
    }
  });
  return [...short.values()];
}

class L2Reader {
  private readonly clusterBytes: number;
  private readonly entryBytes: number;
  private index: number | undefined;

  constructor(
    private readonly source: ContentSource,
    private readonly header: Qcow2Header,
    private readonly guest: GuestTables,
    private readonly counts: ReferenceCounts,
    private readonly table: L2Table,
    private readonly short: Map<number, ShortCluster>,
  ) {
    this.clusterBytes = 2 ** header.clusterBits;
    this.entryBytes = header.hasExtendedL2 ? 16 : 8;
  }

  read(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += this.entryBytes) {
      if (isZero(bytes, at, this.entryBytes)) {
        continue;
      }
      if ((bytes.readUInt8(at) & COMPRESSED) !== 0) {
        this.readCompressed(bytes, at);
      } else {
        this.readStandard(bytes, at);
      }
    }
  }

  /** The lower bits are a place in bytes, those above them how many sectors after the first one. */
  private readCompressed(bytes: Buffer, at: number): void {
    const countBits = this.header.clusterBits - 8;
    const shift = 62 - countBits;
    const descriptor = bytes.readBigUInt64BE(at) & 0x3fff_ffff_ffff_ffffn;
    const offset = Number(descriptor & ((1n << BigInt(shift)) - 1n));
    const sectors = Number(descriptor >> BigInt(shift)) + 1;
    if (isCopied(bytes, at) || (this.header.hasExtendedL2 && bytes.readBigUInt64BE(at + 8) !== 0n)) {
      throw this.damagedEntry(at);
    }
    const start = offset - (offset % SECTOR_BYTES);
    const missingBytes = start + sectors * SECTOR_BYTES - this.source.sizeBytes;
    if (missingBytes >= SECTOR_BYTES || offset >= this.source.sizeBytes) {
      throw cutOff('compressed cluster', offset, this.source.sizeBytes);
    }
    if (missingBytes > 0) {
      this.short.set(offset, { offset, lengthBytes: this.source.sizeBytes - offset });
    }
    this.counts.refer('compressed cluster', start, sectors * SECTOR_BYTES, this.table.references);
  }

  private readStandard(bytes: Buffer, at: number): void {
    const offset = offsetOf(bytes, at);
    const low = bytes.readUInt32BE(at + 4);
    const { allocated, isSound } = this.subclusters(bytes, at, offset !== 0);
    const isReserved = (bytes.readUInt8(at) & 0x3f) !== 0 || (low & 0x1fe) !== 0;
    if (!isSound || isReserved || offset % this.clusterBytes !== 0) {
      throw this.damagedEntry(at);
    }
    if (offset === 0) {
      return;
    }
    const { counts, table } = this;
    if (table.isActive && isMiscounted(counts.recordedAt(offset), isCopied(bytes, at))) {
      const entry = `entry ${at / this.entryBytes} of its L2 table at byte ${table.offset}`;
      throw damaged(`${entry} contradicts the reference count of byte ${offset}`);
    }
    if (
      offset + this.clusterBytes > this.source.sizeBytes &&
      offset + this.neededBytes(at, allocated) > this.source.sizeBytes
    ) {
      throw cutOff('cluster', offset, this.source.sizeBytes);
    }
    counts.refer('cluster', offset, this.clusterBytes, table.references);
  }

  /** Up to where a cluster holds data, of which each subcluster says for itself whether it does. */
  private subclusters(bytes: Buffer, at: number, isUsed: boolean): { allocated: number; isSound: boolean } {
    if (!this.header.hasExtendedL2) {
      const isZero = (bytes.readUInt32BE(at + 4) & 1) !== 0;
      return { allocated: isZero ? 0 : SUBCLUSTERS, isSound: this.header.version > 2 || !isZero };
    }
    const zero = bytes.readUInt32BE(at + 8);
    const data = bytes.readUInt32BE(at + 12);
    return {
      allocated: SUBCLUSTERS - Math.clz32(data),
      isSound: (zero & data) === 0 && (isUsed || data === 0),
    };
  }

  /** What has to be there of a cluster, which may be the last one of the file: what it holds of the disk. */
  private neededBytes(at: number, allocated: number): number {
    const activeIndex = this.table.isActive ? this.activeIndex() : undefined;
    if (activeIndex === undefined) {
      return 0;
    }
    const entries = this.clusterBytes / this.entryBytes;
    const guestOffset = (activeIndex * entries + at / this.entryBytes) * this.clusterBytes;
    const onDiskBytes = Math.max(0, this.header.virtualSizeBytes - guestOffset);
    return Math.min(onDiskBytes, (allocated * this.clusterBytes) / SUBCLUSTERS);
  }

  private activeIndex(): number | undefined {
    this.index ??= this.guest.activeIndexOf(this.table.offset);
    return this.index;
  }

  private damagedEntry(at: number): Error {
    return damaged(`entry ${at / this.entryBytes} of its L2 table at byte ${this.table.offset} is none`);
  }
}

function isZero(bytes: Buffer, at: number, lengthBytes: number): boolean {
  for (let word = at; word < at + lengthBytes; word += 4) {
    if (bytes.readUInt32BE(word) !== 0) {
      return false;
    }
  }
  return true;
}
