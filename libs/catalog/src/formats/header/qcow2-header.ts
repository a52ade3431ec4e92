import { type BitmapsExtension, readExtensions } from './qcow2-extensions.js';
import { l2EntryBytesOf, parseQcow2Fields, type Qcow2Fields } from './qcow2-fields.js';
import { findTableRefusal } from './qcow2-tables.js';

const V3_HEADER_BYTES = 104;
const L1_TABLE_MAX_ENTRIES = (32n * 1024n * 1024n) / 8n;
/** Far above any disk that is shipped as an image; a larger claim only serves to exhaust whoever unpacks it. */
const MAX_VIRTUAL_SIZE_BYTES = 64n * 1024n ** 4n;

/** qemu takes a disk as whole sectors and leaves the rest away. */
const SECTOR_BYTES = 512n;

const FEATURE_DIRTY = 1n << 0n;
const FEATURE_CORRUPT = 1n << 1n;
const FEATURE_EXTERNAL_DATA = 1n << 2n;
const FEATURE_COMPRESSION_TYPE = 1n << 3n;
const FEATURE_EXTENDED_L2 = 1n << 4n;
const KNOWN_FEATURES = 0b11111n;
const AUTOCLEAR_BITMAPS = 1n << 0n;
const AUTOCLEAR_RAW_EXTERNAL = 1n << 1n;

/** What a sound header says, in numbers that are exact up to the size of any file. */
export interface Qcow2Header {
  readonly version: number;
  readonly clusterBits: number;
  readonly virtualSizeBytes: number;
  readonly l1Entries: number;
  readonly l1Offset: number;
  readonly refcountTableOffset: number;
  readonly refcountTableClusters: number;
  readonly refcountOrder: number;
  readonly snapshotCount: number;
  readonly snapshotsOffset: number;
  /** It was not closed: its reference counts are not up to date. */
  readonly isDirty: boolean;
  readonly hasExtendedL2: boolean;
  /** 0 for deflate, 1 for zstd. */
  readonly compressionType: number;
  readonly bitmaps?: BitmapsExtension;
}

/**
 * Reads the header of a qcow2 file, or gives one sentence for the publisher that says why it is refused. `head` begins
 * with the magic; bytes after the end of a short file count as zero, as they do for qemu. Accepted means: the image refers
 * to no other file, asks for no key, and declares nothing that qemu does not know or would not open. The dirty bit is no
 * reason to refuse: qemu rebuilds the reference counts of such an image from its own tables.
 *
 * Source: docs/interop/qcow2.rst and qcow2_do_open() of qemu.
 */
export function readQcow2Header(head: Buffer, isWholeFile: boolean): Qcow2Header | string {
  const fields = parseQcow2Fields(head);
  if (typeof fields === 'string') return fields;
  const refusal =
    findVersionRefusal(fields) ??
    findForeignFileRefusal(fields) ??
    findFeatureRefusal(fields) ??
    findSizeRefusal(fields) ??
    findTableRefusal(fields);
  if (refusal !== undefined) return refusal;
  const extensions = readExtensions(head, {
    start: fields.headerBytes,
    end: 2 ** fields.clusterBits,
    isWholeFile,
    hasBitmaps: (fields.autoclearFeatures & AUTOCLEAR_BITMAPS) !== 0n,
  });
  if (typeof extensions === 'string') return extensions;
  return {
    version: fields.version,
    clusterBits: fields.clusterBits,
    virtualSizeBytes: Number(inSectors(fields.virtualSizeBytes)),
    l1Entries: fields.l1Entries,
    l1Offset: Number(fields.l1Offset),
    refcountTableOffset: Number(fields.refcountTableOffset),
    refcountTableClusters: fields.refcountTableClusters,
    refcountOrder: fields.refcountOrder,
    snapshotCount: fields.snapshotCount,
    snapshotsOffset: Number(fields.snapshotsOffset),
    isDirty: (fields.incompatibleFeatures & FEATURE_DIRTY) !== 0n,
    hasExtendedL2: l2EntryBytesOf(fields) === 16,
    compressionType: fields.compressionType,
    ...extensions,
  };
}

function findVersionRefusal({
  version,
  clusterBits,
  headerBytes,
  refcountOrder,
}: Qcow2Fields): string | undefined {
  if (clusterBits < 9 || clusterBits > 21) {
    return `The qcow2 cluster size 2^${clusterBits} is outside 2^9 to 2^21 bytes.`;
  }
  const isLengthLegal = version === 2 || (headerBytes >= V3_HEADER_BYTES && headerBytes % 8 === 0);
  if (!isLengthLegal || headerBytes > 2 ** clusterBits) {
    return `The qcow2 header length ${headerBytes} is not legal.`;
  }
  if (refcountOrder > 6) return `The qcow2 reference count width 2^${refcountOrder} is above 64 bits.`;
  return undefined;
}

function findForeignFileRefusal(header: Qcow2Fields): string | undefined {
  if (header.backingFileOffset !== 0n) {
    return 'The qcow2 image has a backing file; flatten it first, for example with qemu-img convert.';
  }
  if (
    (header.incompatibleFeatures & FEATURE_EXTERNAL_DATA) !== 0n ||
    (header.autoclearFeatures & AUTOCLEAR_RAW_EXTERNAL) !== 0n
  ) {
    return 'The qcow2 image keeps its data in an external data file; only self-contained images are accepted.';
  }
  if (header.cryptMethod === 1 || header.cryptMethod === 2) return 'The qcow2 image is encrypted.';
  if (header.cryptMethod !== 0) return `The qcow2 encryption method ${header.cryptMethod} does not exist.`;
  return undefined;
}

function findFeatureRefusal(header: Qcow2Fields): string | undefined {
  const { incompatibleFeatures: features, compressionType } = header;
  const unknown = features & ~KNOWN_FEATURES;
  if (unknown !== 0n) return `The qcow2 image needs unknown features (bits 0x${unknown.toString(16)}).`;
  if ((features & FEATURE_CORRUPT) !== 0n) {
    return 'The qcow2 image is marked corrupt; repair it first, for example with qemu-img check -r all.';
  }
  if (compressionType > 1 || ((features & FEATURE_COMPRESSION_TYPE) !== 0n) !== (compressionType === 1)) {
    return `The qcow2 compression type ${compressionType} does not agree with the feature bits.`;
  }
  if ((features & FEATURE_EXTENDED_L2) !== 0n && header.clusterBits < 14) {
    return `The qcow2 cluster size 2^${header.clusterBits} is too small for extended L2 entries.`;
  }
  return undefined;
}

function findSizeRefusal(header: Qcow2Fields): string | undefined {
  const size = inSectors(header.virtualSizeBytes);
  if (size === 0n) return 'The qcow2 virtual size is 0 bytes.';
  const clusterBytes = 1n << BigInt(header.clusterBits);
  const l2EntryBytes = BigInt(l2EntryBytesOf(header));
  const addressableBytes = L1_TABLE_MAX_ENTRIES * clusterBytes * (clusterBytes / l2EntryBytes);
  const limit = addressableBytes < MAX_VIRTUAL_SIZE_BYTES ? addressableBytes : MAX_VIRTUAL_SIZE_BYTES;
  return size > limit
    ? `The qcow2 virtual size of ${size.toString()} bytes is above the limit of ${limit.toString()}.`
    : undefined;
}

function inSectors(sizeBytes: bigint): bigint {
  return sizeBytes - (sizeBytes % SECTOR_BYTES);
}
