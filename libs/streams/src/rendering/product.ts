import { hexOf } from '@imgsrv/cas';
import { DEFAULT_VARIANT } from '@imgsrv/catalog';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, type ItemType } from '../item-types.js';
import type { PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsItem, type StreamsProduct } from './documents.js';
import type { FileNames } from './file-names.js';
import { sortedRecord } from './order.js';
import type { PublishedRoot, StreamsFile } from './published-root.js';
import { versionKey } from './version-key.js';

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
  const rootType = findRootItemType(root.format);
  if (rootType === undefined) {
    throw new TypeError(`Artifacts of the format ${root.format} are no items of Simple Streams.`);
  }
  const rootItem = item(root, rootType, root.root, names);
  if (root.metadata === undefined) {
    return { [rootType.itemKey]: rootItem };
  }
  const { metadata: metadataType } = CLIENT_RULES[root.client];
  const hashes = Object.fromEntries(rootType.combinedHashFields.map((field) => [field, root.fingerprint]));
  const metadata = { ...item(root, metadataType, root.metadata, names), ...hashes };
  return { [metadataType.itemKey]: metadata, [rootType.itemKey]: rootItem };
}

function item(
  root: PublishedRoot,
  { ftype, fileExtension }: ItemType,
  file: StreamsFile,
  names: FileNames,
): StreamsItem {
  const hex = hexOf(file.digest);
  const variant = root.variant === DEFAULT_VARIANT ? [] : [root.variant];
  const name = names.nameOf([root.image, root.version, root.architecture, ...variant], fileExtension, hex);
  return { ftype, path: `${FILES_PATH}/${hex}/${name}`, sha256: hex, size: file.sizeBytes };
}
