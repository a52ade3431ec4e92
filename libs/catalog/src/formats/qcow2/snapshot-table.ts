import type { ContentSource } from '../content-check.js';
import type { Qcow2Header } from '../header/qcow2-header.js';
import type { L1Table } from './guest-tables.js';
import { cutOff, damaged, Qcow2Damage } from './qcow2-damage.js';
import { readRegion } from '../read-regions.js';

const FIXED_BYTES = 40;
const MOST_EXTRA_BYTES = 1024;
/** What version 3 prescribes: the size of the state of the machine, and of the disk. */
const LEAST_EXTRA_BYTES = 16;
/** An entry with the longest names there can be; what is read at once. */
const LONGEST_ENTRY_BYTES = 2 ** 18;
/** Each snapshot brings tables of its own. A large disk with sixty of them stays below this. */
const MOST_L1_ENTRIES = 4 * 2 ** 20;

export interface SnapshotTable {
  readonly lengthBytes: number;
  readonly l1Tables: readonly L1Table[];
}

/**
 * Reads the list of the snapshots that are kept inside an image. Throws Qcow2Damage.
 * Source: docs/interop/qcow2.rst, qcow2_do_read_snapshots() of qemu.
 */
export async function readSnapshotTable(source: ContentSource, header: Qcow2Header): Promise<SnapshotTable> {
  const { snapshotsOffset: start, snapshotCount } = header;
  const l1Tables: L1Table[] = [];
  let window: { readonly at: number; readonly bytes: Buffer } = { at: start, bytes: Buffer.alloc(0) };
  let end = start;
  let l1Entries = 0;
  for (let index = 0; index < snapshotCount; index += 1) {
    const at = Math.ceil(end / 8) * 8;
    if (at + LONGEST_ENTRY_BYTES > window.at + window.bytes.length) {
      window = await readWindow(source, at);
    }
    const entry = readEntry(window.bytes.subarray(at - window.at), header);
    if (entry === undefined) {
      throw cutOff('snapshot table', start, source.sizeBytes);
    }
    end = at + entry.lengthBytes;
    l1Entries += entry.l1.entries;
    if (l1Entries > MOST_L1_ENTRIES) {
      throw new Qcow2Damage(
        'The qcow2 image has more snapshots than an image to be published needs; delete them, for example with qemu-img snapshot -d.',
      );
    }
    l1Tables.push(entry.l1);
  }
  return { lengthBytes: end - start, l1Tables };
}

async function readWindow(source: ContentSource, at: number): Promise<{ at: number; bytes: Buffer }> {
  const lengthBytes = Math.max(0, Math.min(4 * LONGEST_ENTRY_BYTES, source.sizeBytes - at));
  return { at, bytes: await readRegion(source, at, lengthBytes) };
}

/** Undefined when the file ends within it. */
function readEntry(bytes: Buffer, header: Qcow2Header): { lengthBytes: number; l1: L1Table } | undefined {
  if (bytes.length < FIXED_BYTES) {
    return undefined;
  }
  const offset = Number(bytes.readBigUInt64BE(0));
  const entries = bytes.readUInt32BE(8);
  const extraBytes = bytes.readUInt32BE(36);
  const lengthBytes = FIXED_BYTES + extraBytes + bytes.readUInt16BE(12) + bytes.readUInt16BE(14);
  if (extraBytes > MOST_EXTRA_BYTES || (header.version > 2 && extraBytes < LEAST_EXTRA_BYTES)) {
    throw damaged('its snapshot table has an entry of a wrong length');
  }
  if (lengthBytes > bytes.length) {
    return undefined;
  }
  if (offset % 2 ** header.clusterBits !== 0 || entries > MOST_L1_ENTRIES) {
    throw damaged('the L1 table of one of its snapshots is misaligned or too large');
  }
  return { lengthBytes, l1: { what: 'L1 table of a snapshot', offset, entries, isActive: false } };
}
