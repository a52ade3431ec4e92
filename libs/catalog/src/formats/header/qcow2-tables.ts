import { l2EntryBytesOf, type Qcow2Fields } from './qcow2-fields.js';

const MOST_L1_ENTRIES = 4 * 2 ** 20;
const LARGEST_REFCOUNT_TABLE_BYTES = 8 * 2 ** 20;
const MOST_SNAPSHOTS = 65_536;
const LARGEST_OFFSET = 2n ** 63n - 1n;

/**
 * What is wrong with the places and sizes of the tables that a header names, as qcow2_do_open() of qemu sees it; whether
 * they are inside the file is found out when the bytes are read.
 */
export function findTableRefusal(fields: Qcow2Fields): string | undefined {
  const clusterBytes = 2 ** fields.clusterBits;
  const { refcountTableClusters, snapshotCount, l1Entries } = fields;
  if (refcountTableClusters === 0) return 'The qcow2 image has no table of reference counts.';
  if (refcountTableClusters * clusterBytes > LARGEST_REFCOUNT_TABLE_BYTES) {
    return `The qcow2 table of reference counts claims ${refcountTableClusters} clusters, which is too large.`;
  }
  if (snapshotCount > MOST_SNAPSHOTS) return `The qcow2 image claims ${snapshotCount} snapshots.`;
  if (l1Entries > MOST_L1_ENTRIES)
    return `The qcow2 L1 table claims ${l1Entries} entries, which is too large.`;
  const misplaced = [
    ['table of reference counts', fields.refcountTableOffset],
    ['snapshot table', fields.snapshotsOffset],
    ['L1 table', fields.l1Offset],
  ] as const;
  for (const [what, offset] of misplaced) {
    if (offset % BigInt(clusterBytes) !== 0n || offset > LARGEST_OFFSET - 2n ** 32n) {
      return `The place of the qcow2 ${what}, ${offset}, is not at the beginning of a cluster.`;
    }
  }
  const reachBytes = clusterBytes * (clusterBytes / l2EntryBytesOf(fields));
  const neededEntries = Math.ceil(Number(fields.virtualSizeBytes) / reachBytes);
  return l1Entries < neededEntries
    ? `The qcow2 L1 table has ${l1Entries} entries; a disk of this size needs ${neededEntries}.`
    : undefined;
}
