import { DELTA_BASE_KEY } from '../rendering/delta-items.js';
import { CLIENT_RULES, STREAMS_CLIENTS, type StreamsClient } from '../clients.js';
import { isUnified, ROOT_ITEM_TYPES } from '../item-types.js';
import type { StreamsItem, StreamsProduct } from '../rendering/documents.js';
import type { ImageType } from '../rendering/published-root.js';

/** An image as one client makes it out of a product. */
export interface ClientImage {
  readonly client: StreamsClient;
  readonly imageType: ImageType;
  /** Undefined when the metadata item does not carry it: the client then drops the image without a word. */
  readonly fingerprint: string | undefined;
}

/** Reads a product as `ToAPI` of Incus and `ToLXD` of LXD do. */
export function clientImages(product: StreamsProduct): ClientImage[] {
  const versions = Object.entries(product.versions).filter(([key]) => key !== DELTA_BASE_KEY);
  return versions.flatMap(([, { items }]) =>
    STREAMS_CLIENTS.flatMap((client) => imagesOf(client, Object.values(items))),
  );
}

function imagesOf(client: StreamsClient, items: readonly StreamsItem[]): ClientImage[] {
  const metadata = items.filter(({ ftype }) => ftype === CLIENT_RULES[client].metadata.ftype);
  return ROOT_ITEM_TYPES.filter(({ clients }) => clients.includes(client)).flatMap((type) => {
    const { imageType, combinedHashFields } = type;
    const roots = items.filter(({ ftype }) => ftype === type.ftype);
    if (isUnified(type)) {
      return roots.map(({ sha256 }) => ({ client, imageType, fingerprint: sha256 }));
    }
    return metadata.flatMap((item) => {
      const fingerprint = combinedHashFields.map((field) => item[field]).find((hash) => hash !== undefined);
      return roots.map(() => ({ client, imageType, fingerprint }));
    });
  });
}
