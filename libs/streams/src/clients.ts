/** The programs that read Simple Streams from us. They ignore each other's products. */
export const STREAMS_CLIENTS = ['incus', 'lxd'] as const;

export type StreamsClient = (typeof STREAMS_CLIENTS)[number];

/** What one client can read, as its `shared/simplestreams/products.go` has it. */
export interface ClientRules {
  /** `ftype` of the metadata item, and name of the attachment that holds it. */
  readonly metadataItem: 'incus.tar.xz' | 'lxd.tar.xz';
  /** Whether the unified format `incus.tar.gz` is listed for this client. LXD has an ftype of its own for such images. */
  readonly readsUnified: boolean;
  /** Architectures that Incus knows and this client does not. */
  readonly unknownArchitectures: ReadonlySet<string>;
}

export const CLIENT_RULES: Readonly<Record<StreamsClient, ClientRules>> = {
  incus: { metadataItem: 'incus.tar.xz', readsUnified: true, unknownArchitectures: new Set() },
  lxd: { metadataItem: 'lxd.tar.xz', readsUnified: false, unknownArchitectures: new Set(['loong64']) },
};
