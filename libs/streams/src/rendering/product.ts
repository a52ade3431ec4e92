import { hexOf } from '@imgsrv/cas';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, type ItemType } from '../item-types.js';
import type { PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsItem, type StreamsProduct } from './documents.js';
import type { FileNames } from './file-names.js';
import { type FileStem, fileStemOf, labelsOf } from './labels.js';
import type { PublishedRoot, StreamsFile } from './published-root.js';
import { versionKey } from './version-key.js';

/** The product of one content. Throws a TypeError when its format has no place in Simple Streams. */
export function renderProduct(
  content: PublishedContent,
  aliases: readonly string[],
  names: FileNames,
): StreamsProduct {
  const { first, architecture } = content;
  const labels = labelsOf(content);
  const { requirements } = labels;
  const stem = fileStemOf(content, labels);
  return {
    aliases: aliases.join(','),
    arch: architecture,
    os: labels.os,
    release: labels.release,
    release_title: labels.releaseTitle,
    variant: labels.variant,
    version: labels.version,
    requirements,
    ...(first.client === 'lxd' ? { lxd_requirements: requirements } : {}),
    versions: { [versionKey(first.publishedAt)]: { items: items(first, stem, names) } },
  };
}

function items(root: PublishedRoot, stem: FileStem, names: FileNames): Record<string, StreamsItem> {
  const rootType = findRootItemType(root.format);
  if (rootType === undefined) {
    throw new TypeError(`Artifacts of the format ${root.format} are no items of Simple Streams.`);
  }
  const toItem = (type: ItemType, file: StreamsFile) => item(type, file, stem, names);
  const rootItem = toItem(rootType, root.root);
  if (root.metadata === undefined) {
    return { [rootType.itemKey]: rootItem };
  }
  const { metadata: metadataType } = CLIENT_RULES[root.client];
  const hashes = Object.fromEntries(rootType.combinedHashFields.map((field) => [field, root.fingerprint]));
  const metadata = { ...toItem(metadataType, root.metadata), ...hashes };
  return { [metadataType.itemKey]: metadata, [rootType.itemKey]: rootItem };
}

function item(
  { ftype, fileExtension }: ItemType,
  file: StreamsFile,
  stem: FileStem,
  names: FileNames,
): StreamsItem {
  const hex = hexOf(file.digest);
  const name = names.nameOf(stem, fileExtension, hex);
  return { ftype, path: `${FILES_PATH}/${hex}/${name}`, sha256: hex, size: file.sizeBytes };
}
