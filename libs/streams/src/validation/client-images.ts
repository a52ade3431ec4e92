import { STREAMS_CLIENTS, type StreamsClient } from '../clients.js';
import type { StreamsItem, StreamsProduct } from '../rendering/documents.js';
import type { ImageType } from '../rendering/published-root.js';

/** An image as one client makes it out of a product. */
export interface ClientImage {
  readonly client: StreamsClient;
  readonly imageType: ImageType;
  /** Undefined when the metadata item does not carry it: the client then drops the image without a word. */
  readonly fingerprint: string | undefined;
}

type RootReading = (metadata: StreamsItem) => string | undefined;

/** Where clients look for the fingerprint of a root with its metadata. */
const FINGERPRINTS: ReadonlyMap<string, RootReading> = new Map<string, RootReading>([
  ['squashfs', (metadata) => metadata.combined_squashfs_sha256],
  ['root.tar.xz', (metadata) => metadata.combined_rootxz_sha256 ?? metadata.combined_sha256],
  ['disk-kvm.img', (metadata) => metadata['combined_disk-kvm-img_sha256']],
]);

/** Reads a product as `ToAPI` of Incus and `ToLXD` of LXD do. */
export function clientImages(product: StreamsProduct): ClientImage[] {
  return Object.values(product.versions).flatMap(({ items }) =>
    STREAMS_CLIENTS.flatMap((client) => imagesOf(client, Object.values(items))),
  );
}

function imagesOf(client: StreamsClient, items: readonly StreamsItem[]): ClientImage[] {
  const unified = items
    .filter(({ ftype }) => ftype === `${client}_combined.tar.gz`)
    .map(({ sha256 }): ClientImage => ({ client, imageType: 'container', fingerprint: sha256 }));
  const split = items
    .filter(({ ftype }) => ftype === `${client}.tar.xz`)
    .flatMap((metadata) => items.flatMap((root) => pair(client, metadata, root)));
  return [...unified, ...split];
}

function pair(client: StreamsClient, metadata: StreamsItem, root: StreamsItem): ClientImage[] {
  const read = FINGERPRINTS.get(root.ftype);
  if (read === undefined) {
    return [];
  }
  const imageType = root.ftype === 'disk-kvm.img' ? 'virtual-machine' : 'container';
  return [{ client, imageType, fingerprint: read(metadata) }];
}
