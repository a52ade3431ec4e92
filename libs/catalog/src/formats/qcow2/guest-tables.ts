import type { ContentSource } from '../content-check.js';
import type { Qcow2Header } from '../header/qcow2-header.js';
import { damaged } from './qcow2-damage.js';
import { readRegion } from '../read-regions.js';
import type { ReferenceCounts } from './reference-counts.js';
import { isCopied, offsetOf } from './table-entry.js';

const ENTRY_BYTES = 8;

/** A table of the first level, which leads to tables of the second level. */
export interface L1Table {
  readonly what: string;
  readonly offset: number;
  readonly entries: number;
  /** The disk as it is now; the others are those of snapshots. */
  readonly isActive: boolean;
}

/** A table of the second level, and who leads to it. */
export interface L2Table {
  readonly offset: number;
  /** How often tables of the first level lead to it. */
  readonly references: number;
  /** Whether the disk as it is now is among them. */
  readonly isActive: boolean;
}

/**
 * The tables of the second level that those of the first level lead to. An image may have millions of them, so that
 * they are kept as numbers: where each is, and one more when it is of a snapshot.
 */
export class GuestTables {
  private readonly places: Float64Array;
  private foundPlaces = 0;
  private active: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly clusterBytes: number,
    private readonly counts: ReferenceCounts,
    mostPlaces: number,
  ) {
    this.places = new Float64Array(mostPlaces);
  }

  /** Throws Qcow2Damage when a table is not wholly inside the file. */
  static async read(
    source: ContentSource,
    header: Qcow2Header,
    tables: readonly L1Table[],
    counts: ReferenceCounts,
  ): Promise<GuestTables> {
    const mostPlaces = tables.reduce((sum, { entries }) => sum + entries, 0);
    const found = new GuestTables(2 ** header.clusterBits, counts, mostPlaces);
    for (const table of tables) {
      const lengthBytes = table.entries * ENTRY_BYTES;
      counts.referWhole(table.what, table.offset, lengthBytes);
      found.add(table, await readRegion(source, table.offset, lengthBytes));
    }
    found.places.subarray(0, found.foundPlaces).sort();
    return found;
  }

  /** Each table once, in the order of the file. */
  *inOrder(): Generator<L2Table> {
    let at = 0;
    while (at < this.foundPlaces) {
      const first = this.places[at] ?? 0;
      const offset = first - (first % 2);
      const begin = at;
      while (at < this.foundPlaces && (this.places[at] ?? 0) <= offset + 1) {
        at += 1;
      }
      yield { offset, references: at - begin, isActive: first === offset };
    }
  }

  /** The entry of the disk as it is now that leads to the table at `offset`: the first, when there are several. */
  activeIndexOf(offset: number): number | undefined {
    for (let at = 0; at < this.active.length; at += ENTRY_BYTES) {
      if (offsetOf(this.active, at) === offset) {
        return at / ENTRY_BYTES;
      }
    }
    return undefined;
  }

  private add({ what, isActive }: L1Table, bytes: Buffer): void {
    if (isActive) {
      this.active = bytes;
    }
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      if (bytes.readUInt32BE(at) === 0 && bytes.readUInt32BE(at + 4) === 0) {
        continue;
      }
      const offset = offsetOf(bytes, at);
      if (hasReservedBits(bytes, at) || offset === 0 || offset % this.clusterBytes !== 0) {
        throw damaged(`entry ${at / ENTRY_BYTES} of its ${what} is no place of a table`);
      }
      this.counts.referWhole('L2 table', offset, this.clusterBytes);
      if (isActive && isMiscounted(this.counts.recordedAt(offset), isCopied(bytes, at))) {
        throw damaged(
          `entry ${at / ENTRY_BYTES} of its ${what} contradicts the reference count of byte ${offset}`,
        );
      }
      this.places[this.foundPlaces] = isActive ? offset : offset + 1;
      this.foundPlaces += 1;
    }
  }
}

/** Whether what an entry says of its being the only one contradicts the reference count, where that is known. */
export function isMiscounted(recorded: number | undefined, copied: boolean): boolean {
  return recorded !== undefined && (recorded === 1) !== copied;
}

function hasReservedBits(bytes: Buffer, at: number): boolean {
  return (bytes.readUInt8(at) & 0x7f) !== 0 || (bytes.readUInt16BE(at + 6) & 0x1ff) !== 0;
}
