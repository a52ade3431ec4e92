/** The programs that read Simple Streams from us. They ignore each other's products. */
export const STREAMS_CLIENTS = ['incus', 'lxd'] as const;

export type StreamsClient = (typeof STREAMS_CLIENTS)[number];

/** The attachment of a root that makes it an image of a client. The same bytes will do for both. */
export const METADATA_ATTACHMENTS = {
  incus: 'incus.tar.xz',
  lxd: 'lxd.tar.xz',
} as const satisfies Readonly<Record<StreamsClient, string>>;

/** Where clients look on a metadata item for the fingerprint that it has together with a root. */
export const COMBINED_HASH_FIELDS = [
  'combined_squashfs_sha256',
  'combined_rootxz_sha256',
  'combined_sha256',
  'combined_disk-kvm-img_sha256',
] as const;

export type CombinedHashField = (typeof COMBINED_HASH_FIELDS)[number];

/**
 * All that Simple Streams knows of the root items that artifacts of a format are, beside the format's own file
 * extension. Sources: `shared/simplestreams/products.go` of lxc/incus and canonical/lxd.
 */
export interface StreamsItemType {
  /** What clients go by. */
  readonly ftype: string;
  /** The key among the items of a version. Incus and LXD do not look at it, other readers do. */
  readonly itemKey: string;
  readonly clients: readonly StreamsClient[];
  /** The first that is there counts. None: the item carries its metadata within, and its own sha256 is the fingerprint. */
  readonly combinedHashFields: readonly CombinedHashField[];
  /** Of several artifacts that would be the same image the one with the lowest rank is listed. */
  readonly rank: number;
}
