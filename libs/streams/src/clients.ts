import { METADATA_ATTACHMENTS, STREAMS_CLIENTS, type StreamsClient } from '@imgsrv/catalog';
import type { ItemType } from './item-types.js';

export { STREAMS_CLIENTS, type StreamsClient };

/** What one client can read, as its `shared/simplestreams/products.go` has it. */
export interface ClientRules {
  /** The item that makes a root an image of this client. */
  readonly metadata: ItemType & {
    /** Name of the attachment that holds it. */
    readonly attachment: string;
  };
  /** Architectures that Incus knows and this client does not. */
  readonly unknownArchitectures: ReadonlySet<string>;
}

export const CLIENT_RULES: Readonly<Record<StreamsClient, ClientRules>> = {
  incus: { metadata: metadataCalled(METADATA_ATTACHMENTS.incus), unknownArchitectures: new Set() },
  lxd: { metadata: metadataCalled(METADATA_ATTACHMENTS.lxd), unknownArchitectures: new Set(['loong64']) },
};

function metadataCalled(name: string): ClientRules['metadata'] {
  return { ftype: name, itemKey: name, fileExtension: name, attachment: name };
}
