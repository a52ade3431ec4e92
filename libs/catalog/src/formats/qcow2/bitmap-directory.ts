import type { ContentSource } from '../content-check.js';
import type { Qcow2Header } from '../header/qcow2-header.js';
import type { BitmapsExtension } from '../header/qcow2-extensions.js';
import { damaged, Qcow2Damage } from './qcow2-damage.js';
import { readRegion } from '../read-regions.js';
import type { ReferenceCounts } from './reference-counts.js';
import { offsetOf } from './table-entry.js';

const FIXED_BYTES = 24;
const ENTRY_BYTES = 8;
const DIRTY_TRACKING = 1;
const LONGEST_NAME_BYTES = 1023;
const LARGEST_BITMAP_BYTES = 512 * 2 ** 20;
/** Far more than a disk that is backed up has. */
const LARGEST_DIRECTORY_BYTES = 2 ** 20;
const MOST_ENTRIES = 2 ** 20;

/**
 * Counts what the bitmaps of an image refer to, which qemu reads whenever it opens the image. Throws Qcow2Damage.
 * Source: docs/interop/qcow2.rst, block/qcow2-bitmap.c of qemu.
 */
export async function referToBitmaps(
  source: ContentSource,
  header: Qcow2Header,
  { count, directoryOffset, directoryBytes }: BitmapsExtension,
  counts: ReferenceCounts,
): Promise<void> {
  if (directoryBytes > LARGEST_DIRECTORY_BYTES) {
    throw tooMany();
  }
  counts.referWhole('list of bitmaps', directoryOffset, directoryBytes);
  const directory = await readRegion(source, directoryOffset, directoryBytes);
  const tables = readDirectory(directory, header);
  if (tables.length !== count) {
    throw damaged(`its list of bitmaps has ${tables.length} entries, not ${count}`);
  }
  if (tables.reduce((sum, { entries }) => sum + entries, 0) > MOST_ENTRIES) {
    throw tooMany();
  }
  for (const { offset, entries } of tables) {
    counts.referWhole('table of a bitmap', offset, entries * ENTRY_BYTES);
    referToClusters(await readRegion(source, offset, entries * ENTRY_BYTES), header, counts);
  }
}

interface BitmapTable {
  readonly offset: number;
  readonly entries: number;
}

function readDirectory(directory: Buffer, header: Qcow2Header): BitmapTable[] {
  const tables: BitmapTable[] = [];
  let at = 0;
  while (at < directory.length) {
    const entry = directory.subarray(at);
    const table = entry.length < FIXED_BYTES ? undefined : readEntry(entry, header);
    if (table === undefined || at + table.lengthBytes > directory.length) {
      throw damaged('its list of bitmaps cannot be read');
    }
    tables.push(table);
    at += table.lengthBytes;
  }
  return tables;
}

function readEntry(
  entry: Buffer,
  { clusterBits, virtualSizeBytes }: Qcow2Header,
): (BitmapTable & { lengthBytes: number }) | undefined {
  const clusterBytes = 2 ** clusterBits;
  const offset = Number(entry.readBigUInt64BE(0));
  const entries = entry.readUInt32BE(8);
  const flags = entry.readUInt32BE(12);
  const granularityBits = entry.readUInt8(17);
  const nameBytes = entry.readUInt16BE(18);
  const bitmapBytes = entries * clusterBytes;
  const neededBytes = Math.ceil(virtualSizeBytes / 2 ** granularityBits / 64) * 8;
  const isSound =
    offset > 0 &&
    offset % clusterBytes === 0 &&
    entries > 0 &&
    bitmapBytes <= LARGEST_BITMAP_BYTES &&
    flags < 4 &&
    entry.readUInt8(16) === DIRTY_TRACKING &&
    granularityBits >= 9 &&
    granularityBits <= 31 &&
    nameBytes > 0 &&
    nameBytes <= LONGEST_NAME_BYTES &&
    entry.readUInt32BE(20) === 0 &&
    // One that was in use when the image was not closed is not read.
    ((flags & 1) !== 0 || entries === Math.ceil(neededBytes / clusterBytes));
  return isSound ? { offset, entries, lengthBytes: Math.ceil((FIXED_BYTES + nameBytes) / 8) * 8 } : undefined;
}

function referToClusters(table: Buffer, { clusterBits }: Qcow2Header, counts: ReferenceCounts): void {
  const clusterBytes = 2 ** clusterBits;
  for (let at = 0; at < table.length; at += ENTRY_BYTES) {
    const offset = offsetOf(table, at);
    const low = table.readUInt32BE(at + 4);
    const isReserved = table.readUInt8(at) !== 0 || (low & 0x1fe) !== 0 || (offset !== 0 && (low & 1) !== 0);
    if (isReserved || offset % clusterBytes !== 0) {
      throw damaged('the table of one of its bitmaps has an entry that is none');
    }
    if (offset !== 0) {
      counts.referWhole('bitmap', offset, clusterBytes);
    }
  }
}

function tooMany(): Qcow2Damage {
  return new Qcow2Damage(
    'The qcow2 image has more bitmaps than an image to be published needs; remove them, for example with qemu-img convert.',
  );
}
