import type { HeaderFacts } from './header-facts.js';
import { findExtensionRefusal } from './qcow2-extensions.js';

const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;
const COMPRESSION_TYPE_OFFSET = 104;
const L1_TABLE_MAX_ENTRIES = (32n * 1024n * 1024n) / 8n;
/** Far above any disk that is shipped as an image; a larger claim only serves to exhaust whoever unpacks it. */
const MAX_VIRTUAL_SIZE_BYTES = 64n * 1024n ** 4n;

/** qemu takes a disk as whole sectors and leaves the rest away. */
const SECTOR_BYTES = 512n;

const FEATURE_CORRUPT = 1n << 1n;
const FEATURE_EXTERNAL_DATA = 1n << 2n;
const FEATURE_COMPRESSION_TYPE = 1n << 3n;
const FEATURE_EXTENDED_L2 = 1n << 4n;
const KNOWN_FEATURES = 0b11111n;
const AUTOCLEAR_RAW_EXTERNAL = 1n << 1n;

interface Qcow2Header {
  readonly version: number;
  readonly backingFileOffset: bigint;
  readonly clusterBits: number;
  readonly virtualSizeBytes: bigint;
  readonly cryptMethod: number;
  readonly incompatibleFeatures: bigint;
  readonly autoclearFeatures: bigint;
  readonly refcountOrder: number;
  readonly headerBytes: number;
  readonly compressionType: number;
}

/**
 * Judges a qcow2 file by its header. `head` begins with the magic; bytes after the end of a short file count as
 * zero, as they do for qemu. Accepted means: the image refers to no other file, asks for no key, and declares
 * nothing that qemu does not know. The dirty bit is no reason to refuse: qemu rebuilds the reference counts of such
 * an image from its own tables. Where the tables are is left to the program that opens the image.
 *
 * Source: docs/interop/qcow2.rst and qcow2_do_open() of qemu.
 */
export function readQcow2Header(head: Buffer, isWholeFile: boolean): HeaderFacts {
  const header = parse(head);
  if (typeof header === 'string') return { refusal: header };
  const refusal =
    findVersionRefusal(header) ??
    findForeignFileRefusal(header) ??
    findFeatureRefusal(header) ??
    findSizeRefusal(header) ??
    findExtensionRefusal(head, {
      start: header.headerBytes,
      end: 2 ** header.clusterBits,
      isWholeFile,
    });
  return refusal === undefined ? { virtualSizeBytes: Number(header.virtualSizeBytes) } : { refusal };
}

function parse(head: Buffer): Qcow2Header | string {
  if (head.length < V2_HEADER_BYTES) return 'The qcow2 header is truncated.';
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) return `The qcow2 version is ${version}; only 2 and 3 exist.`;
  if (version === 3 && head.length < V3_HEADER_BYTES) return 'The qcow2 header is truncated.';
  const isV3 = version === 3;
  const headerBytes = isV3 ? head.readUInt32BE(100) : V2_HEADER_BYTES;
  if (headerBytes > head.length)
    return `The qcow2 header claims ${headerBytes} bytes, more than can be there.`;
  return {
    version,
    backingFileOffset: head.readBigUInt64BE(8),
    clusterBits: head.readUInt32BE(20),
    virtualSizeBytes: head.readBigUInt64BE(24) & ~(SECTOR_BYTES - 1n),
    cryptMethod: head.readUInt32BE(32),
    incompatibleFeatures: isV3 ? head.readBigUInt64BE(72) : 0n,
    autoclearFeatures: isV3 ? head.readBigUInt64BE(88) : 0n,
    refcountOrder: isV3 ? head.readUInt32BE(96) : 4,
    headerBytes,
    compressionType: headerBytes > COMPRESSION_TYPE_OFFSET ? head.readUInt8(COMPRESSION_TYPE_OFFSET) : 0,
  };
}

function findVersionRefusal({
  version,
  clusterBits,
  headerBytes,
  refcountOrder,
}: Qcow2Header): string | undefined {
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

function findForeignFileRefusal(header: Qcow2Header): string | undefined {
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

function findFeatureRefusal(header: Qcow2Header): string | undefined {
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

function findSizeRefusal(header: Qcow2Header): string | undefined {
  const size = header.virtualSizeBytes;
  if (size === 0n) return 'The qcow2 virtual size is 0 bytes.';
  const clusterBytes = 1n << BigInt(header.clusterBits);
  const l2EntryBytes = (header.incompatibleFeatures & FEATURE_EXTENDED_L2) !== 0n ? 16n : 8n;
  const addressableBytes = L1_TABLE_MAX_ENTRIES * clusterBytes * (clusterBytes / l2EntryBytes);
  const limit = addressableBytes < MAX_VIRTUAL_SIZE_BYTES ? addressableBytes : MAX_VIRTUAL_SIZE_BYTES;
  return size > limit
    ? `The qcow2 virtual size of ${size.toString()} bytes is above the limit of ${limit.toString()}.`
    : undefined;
}
