const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;
const COMPRESSION_TYPE_OFFSET = 104;
const FEATURE_EXTENDED_L2 = 1n << 4n;

/** The fields of the header of a qcow2 file, as they stand there. Source: docs/interop/qcow2.rst of qemu. */
export interface Qcow2Fields {
  readonly version: number;
  readonly backingFileOffset: bigint;
  readonly clusterBits: number;
  readonly virtualSizeBytes: bigint;
  readonly cryptMethod: number;
  readonly l1Entries: number;
  readonly l1Offset: bigint;
  readonly refcountTableOffset: bigint;
  readonly refcountTableClusters: number;
  readonly snapshotCount: number;
  readonly snapshotsOffset: bigint;
  readonly incompatibleFeatures: bigint;
  readonly autoclearFeatures: bigint;
  readonly refcountOrder: number;
  readonly headerBytes: number;
  readonly compressionType: number;
}

/** Gives the fields, or one sentence for the publisher when they are not all there. */
export function parseQcow2Fields(head: Buffer): Qcow2Fields | string {
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
    virtualSizeBytes: head.readBigUInt64BE(24),
    cryptMethod: head.readUInt32BE(32),
    l1Entries: head.readUInt32BE(36),
    l1Offset: head.readBigUInt64BE(40),
    refcountTableOffset: head.readBigUInt64BE(48),
    refcountTableClusters: head.readUInt32BE(56),
    snapshotCount: head.readUInt32BE(60),
    snapshotsOffset: head.readBigUInt64BE(64),
    incompatibleFeatures: isV3 ? head.readBigUInt64BE(72) : 0n,
    autoclearFeatures: isV3 ? head.readBigUInt64BE(88) : 0n,
    refcountOrder: isV3 ? head.readUInt32BE(96) : 4,
    headerBytes,
    compressionType: headerBytes > COMPRESSION_TYPE_OFFSET ? head.readUInt8(COMPRESSION_TYPE_OFFSET) : 0,
  };
}

/** Of an entry of an L2 table. */
export function l2EntryBytesOf({ incompatibleFeatures }: Qcow2Fields): 8 | 16 {
  return (incompatibleFeatures & FEATURE_EXTENDED_L2) !== 0n ? 16 : 8;
}
