import { hexOf } from '@imgsrv/cas';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, type ItemType, type RootItemType } from '../item-types.js';
import type { PublishedContent } from './contents.js';
import { deltaItems } from './delta-items.js';
import { FILES_PATH, type StreamsItem, type StreamsProduct, type StreamsVersion } from './documents.js';
import type { GivesNames } from './file-names.js';
import { type FileStem, fileStemOf, labelsOf } from './labels.js';
import type { PublishedRoot, StreamsFile } from './published-root.js';
import { expiryDay, versionKey } from './version-key.js';

/** The product of one content. Throws a TypeError when its format has no place in Simple Streams. */
export function renderProduct(
  content: PublishedContent,
  aliases: readonly string[],
  names: GivesNames,
): StreamsProduct {
  const { first, architecture } = content;
  const labels = labelsOf(content);
  const { requirements } = labels;
  const stem = fileStemOf(content, labels);
  const delta = deltaItems(content);
  const version = toVersion(content, stem, names);
  const expiresOn = expiryDay(content) ?? labels.endOfLife;
  return {
    aliases: aliases.join(','),
    arch: architecture,
    os: labels.os,
    release: labels.release,
    release_title: labels.releaseTitle,
    variant: labels.variant,
    version: labels.version,
    ...(expiresOn === undefined ? {} : { support_eol: expiresOn }),
    requirements,
    ...(first.client === 'lxd' ? { lxd_requirements: requirements } : {}),
    versions: {
      [versionKey(content)]: { ...version, items: { ...version.items, ...delta.items } },
      ...delta.versions,
    },
  };
}

/** What the same bytes are deprecated as in one place, and served as in another, is not deprecated. */
const DEPRECATED = 'deprecated';

function toVersion(
  { first: root, roots }: PublishedContent,
  stem: FileStem,
  names: GivesNames,
): StreamsVersion {
  const rootType = findRootItemType(root.format);
  if (rootType === undefined) {
    throw new TypeError(`Artifacts of the format ${root.format} are no items of Simple Streams.`);
  }
  const rootItem = toItem(rootType, root.root, stem, names);
  const items = { ...metadataItems(root, rootType, stem, names), [rootType.itemKey]: rootItem };
  return {
    pubname: nameWithout(rootItem.path, rootType.fileExtension),
    ...(roots.every(({ isDeprecated }) => isDeprecated) ? { label: DEPRECATED } : {}),
    items,
  };
}

function metadataItems(
  { client, metadata, fingerprint }: PublishedRoot,
  { combinedHashFields }: RootItemType,
  stem: FileStem,
  names: GivesNames,
): Record<string, StreamsItem> {
  if (metadata === undefined) {
    return {};
  }
  const type = CLIENT_RULES[client].metadata;
  const hashes = Object.fromEntries(combinedHashFields.map((field) => [field, fingerprint]));
  return { [type.itemKey]: { ...toItem(type, metadata, stem, names), ...hashes } };
}

/** The name of a file, which no other root has, without its extension. */
function nameWithout(path: string, extension: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -`.${extension}`.length);
}

function toItem(
  { ftype, fileExtension }: ItemType,
  file: StreamsFile,
  stem: FileStem,
  names: GivesNames,
): StreamsItem {
  const hex = hexOf(file.digest);
  const name = names.nameOf(stem, fileExtension, hex);
  return { ftype, path: `${FILES_PATH}/${hex}/${name}`, sha256: hex, size: file.sizeBytes };
}
