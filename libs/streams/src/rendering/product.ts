import { hexOf } from '@imgsrv/cas';
import { DEFAULT_VARIANT, getFormat, type StreamsItemType } from '@imgsrv/catalog';
import { CLIENT_RULES } from '../clients.js';
import type { PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsItem, type StreamsProduct } from './documents.js';
import type { FileNames } from './file-names.js';
import { sortedRecord } from './order.js';
import type { PublishedRoot, StreamsFile } from './published-root.js';
import { versionKey } from './version-key.js';

/** Under which names the metadata item carries the fingerprint of itself and a root. */
const COMBINED: Readonly<Record<StreamsItemType, (fingerprint: string) => Partial<StreamsItem>>> = {
  squashfs: (fingerprint) => ({ combined_squashfs_sha256: fingerprint }),
  'root.tar.xz': (fingerprint) => ({ combined_rootxz_sha256: fingerprint, combined_sha256: fingerprint }),
  'disk-kvm.img': (fingerprint) => ({ 'combined_disk-kvm-img_sha256': fingerprint }),
  'incus_combined.tar.gz': () => ({}),
};

/** The product of one content. Throws a TypeError when its format has no place in Simple Streams. */
export function renderProduct(
  { first }: PublishedContent,
  aliases: readonly string[],
  names: FileNames,
): StreamsProduct {
  const requirements = sortedRecord(first.requirements);
  return {
    aliases: aliases.join(','),
    arch: first.architecture,
    os: first.os,
    release: first.release,
    release_title: first.releaseTitle,
    variant: first.variant,
    version: first.version,
    requirements,
    ...(first.client === 'lxd' ? { lxd_requirements: requirements } : {}),
    versions: { [versionKey(first.publishedAt)]: { items: items(first, names) } },
  };
}

function items(root: PublishedRoot, names: FileNames): Record<string, StreamsItem> {
  const { streamsItemType: ftype, fileExtension } = getFormat(root.format);
  if (ftype === undefined) {
    throw new TypeError(`Artifacts of the format ${root.format} are no items of Simple Streams.`);
  }
  const rootItem = item(root, ftype, fileExtension, root.root, names);
  if (root.metadata === undefined) {
    return { [ftype]: rootItem };
  }
  const { metadataItem } = CLIENT_RULES[root.client];
  const metadata = item(root, metadataItem, metadataItem, root.metadata, names);
  return { [metadataItem]: { ...metadata, ...COMBINED[ftype](root.fingerprint) }, [ftype]: rootItem };
}

function item(
  root: PublishedRoot,
  ftype: string,
  extension: string,
  file: StreamsFile,
  names: FileNames,
): StreamsItem {
  const hex = hexOf(file.digest);
  const variant = root.variant === DEFAULT_VARIANT ? [] : [root.variant];
  const name = names.nameOf([root.image, root.version, root.architecture, ...variant], extension, hex);
  return { ftype, path: `${FILES_PATH}/${hex}/${name}`, sha256: hex, size: file.sizeBytes };
}
