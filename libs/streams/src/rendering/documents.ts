import type { CombinedHashField } from '@imgsrv/catalog';

/** Where clients find the product file, relative to the remote's URL. */
export const IMAGES_PATH = 'streams/v1/images.json';
/** The folder of the image files; then come the sha256 and a speaking name. */
export const FILES_PATH = 'streams/v1/files';

/** `streams/v1/index.json`, with the types of Go's `simplestreams.Stream`. */
export interface IndexDocument {
  readonly format: 'index:1.0';
  readonly index: {
    readonly images: {
      readonly format: 'products:1.0';
      readonly datatype: 'image-downloads';
      readonly path: string;
      readonly products: readonly string[];
    };
  };
}

/** `streams/v1/images.json`, with the types of Go's `simplestreams.Products`. */
export interface ImagesDocument {
  readonly content_id: 'images';
  readonly datatype: 'image-downloads';
  readonly format: 'products:1.0';
  readonly products: Readonly<Record<string, StreamsProduct>>;
}

export interface StreamsProduct {
  /** Comma-separated, without blanks. */
  readonly aliases: string;
  readonly arch: string;
  readonly os: string;
  readonly release: string;
  readonly release_title: string;
  readonly variant: string;
  readonly version: string;
  /** When the image expires, `YYYY-MM-DD`. */
  readonly support_eol?: string;
  readonly requirements: Readonly<Record<string, string>>;
  /** The name LXD reads the requirements by. */
  readonly lxd_requirements?: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, StreamsVersion>>;
}

export interface StreamsVersion {
  /** What virt-builder calls the image, which takes a document without it for damaged: a name of its own. */
  readonly pubname: string;
  /** Clients show it in the description of the image and as a property. */
  readonly label?: string;
  readonly items: Readonly<Record<string, StreamsItem>>;
}

export interface StreamsItem extends Readonly<Partial<Record<CombinedHashField, string>>> {
  readonly ftype: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Of a delta: the version of the same product that it is to be applied to. */
  readonly delta_base?: string;
}

/** `products` in the order they shall be listed in. */
export function indexDocument(products: readonly string[]): IndexDocument {
  return {
    format: 'index:1.0',
    index: {
      images: { format: 'products:1.0', datatype: 'image-downloads', path: IMAGES_PATH, products },
    },
  };
}

export function imagesDocument(products: ReadonlyMap<string, StreamsProduct>): ImagesDocument {
  return {
    content_id: 'images',
    datatype: 'image-downloads',
    format: 'products:1.0',
    products: Object.fromEntries(products),
  };
}
