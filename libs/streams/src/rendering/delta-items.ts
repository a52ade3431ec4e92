import { DELTA_ATTACHMENTS, type FormatName } from '@imgsrv/catalog';
import { hexOf } from '@imgsrv/cas';
import { CLIENT_RULES } from '../clients.js';
import type { PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsItem, type StreamsVersion } from './documents.js';
import type { PublishedRoot, RootDelta, StreamsFile } from './published-root.js';

/**
 * The key of the version that stands for the base of a delta. Clients look it up for its fingerprint only: they make no image
 * of a version whose key does not begin with a date, and older ones read eight characters of it without looking.
 */
export const DELTA_BASE_KEY = 'delta-base';

interface DeltaItems {
  /** Beside the root. */
  readonly items: Readonly<Record<string, StreamsItem>>;
  /** Beside the version. */
  readonly versions: Readonly<Record<string, StreamsVersion>>;
}

/**
 * What a product says of a delta of its root: at most one, since a client that has the bases of two applies both at once. Nothing
 * when no row has one whose base is published.
 */
export function deltaItems({ roots }: Pick<PublishedContent, 'roots'>): DeltaItems {
  for (const root of roots) {
    const name = deltaNameOf(root.format);
    if (name !== undefined && root.delta?.base !== undefined && isOfAnother(root, root.delta.base)) {
      const { file, base } = root.delta;
      return {
        items: { [name]: { ...toItem(name, file), delta_base: DELTA_BASE_KEY } },
        versions: { [DELTA_BASE_KEY]: toBase(root, base) },
      };
    }
  }
  return { items: {}, versions: {} };
}

/** `<sha256 hex>/<name>` of every delta of a content, also of those that are not listed while their base is withdrawn. */
export function deltaPaths({ roots }: Pick<PublishedContent, 'roots'>): string[] {
  return roots.flatMap(({ format, delta }) => {
    const name = deltaNameOf(format);
    return name === undefined || delta === undefined ? [] : [pathOf(name, delta.file)];
  });
}

function deltaNameOf(format: FormatName): string | undefined {
  const names: Partial<Record<FormatName, string>> = DELTA_ATTACHMENTS;
  return names[format];
}

function isOfAnother(root: PublishedRoot, base: NonNullable<RootDelta['base']>): boolean {
  return root.fingerprint !== base.fingerprint;
}

/** All that clients look at is the fingerprint, which each format has in a field of its own. */
function toBase(
  { client }: PublishedRoot,
  { fingerprint, metadata }: NonNullable<RootDelta['base']>,
): StreamsVersion {
  const { itemKey, fileExtension } = CLIENT_RULES[client].metadata;
  const item = {
    ...toItem(fileExtension, metadata),
    combined_squashfs_sha256: fingerprint,
    'combined_disk-kvm-img_sha256': fingerprint,
  };
  return { pubname: `${DELTA_BASE_KEY}-${fingerprint}`, items: { [itemKey]: item } };
}

/** Nobody saves these files under a name, so they have the one that nothing else can have. */
function toItem(ftype: string, file: StreamsFile): StreamsItem {
  return {
    ftype,
    path: `${FILES_PATH}/${pathOf(ftype, file)}`,
    sha256: hexOf(file.digest),
    size: file.sizeBytes,
  };
}

function pathOf(extension: string, { digest }: StreamsFile): string {
  const hex = hexOf(digest);
  return `${hex}/${hex}.${extension}`;
}
