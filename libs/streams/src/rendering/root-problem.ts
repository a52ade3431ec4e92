import { isDigest } from '@imgsrv/cas';
import { FORMAT_NAMES, toIncusArchitecture } from '@imgsrv/catalog';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, isUnified } from '../item-types.js';
import type { PublishedRoot, StreamsFile } from './published-root.js';

/** Image, version and variant names; a comma, a blank or a slash in one would break the aliases of others. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+:-]*$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** Why a row cannot be rendered, or undefined. Rows are stored as they should be; this is for those that are not. */
export function rootProblem(root: PublishedRoot): string | undefined {
  return nameProblem(root) ?? formatProblem(root) ?? textProblem(root) ?? fileProblem(root);
}

function nameProblem(root: PublishedRoot): string | undefined {
  const misnamed = (['image', 'version', 'variant'] as const).find((field) => !NAME.test(root[field]));
  if (misnamed !== undefined) {
    return `Its ${misnamed} cannot be part of an alias.`;
  }
  if (toIncusArchitecture(root.architecture) !== root.architecture) {
    return `Its architecture is not in the spelling of Incus.`;
  }
  if (CLIENT_RULES[root.client].unknownArchitectures.has(root.architecture)) {
    return `Its architecture is unknown to the client.`;
  }
  const year = root.publishedAt.getUTCFullYear();
  return year >= 1000 && year <= 9999 ? undefined : 'It has no time of publication.';
}

function formatProblem(root: PublishedRoot): string | undefined {
  if (!FORMAT_NAMES.includes(root.format)) {
    return 'Its format is unknown.';
  }
  const itemType = findRootItemType(root.format);
  if (itemType === undefined) {
    return 'Its format is no item of Simple Streams.';
  }
  if (itemType.imageType !== root.imageType) {
    return `Its format is not one of a ${root.imageType}.`;
  }
  if (!itemType.clients.includes(root.client)) {
    return 'The client does not read such items.';
  }
  return isUnified(itemType) === (root.metadata === undefined)
    ? undefined
    : 'Its metadata is missing, or one too many.';
}

function textProblem(root: PublishedRoot): string | undefined {
  const texts: readonly unknown[] = [
    root.os,
    root.release,
    root.releaseTitle,
    ...Object.values(root.requirements),
    ...Object.values({ ...root.content, requirements: '', createdAtSeconds: '', expiresAtSeconds: '' }),
    ...Object.values(root.content?.requirements ?? {}),
  ];
  return texts.every((text) => typeof text === 'string') ? undefined : 'One of its properties is not a text.';
}

function fileProblem(root: PublishedRoot): string | undefined {
  const files = root.metadata === undefined ? [root.root] : [root.root, root.metadata];
  return files.every(isFile) && FINGERPRINT.test(root.fingerprint)
    ? undefined
    : 'One of its digests or sizes is not valid.';
}

function isFile({ digest, sizeBytes }: StreamsFile): boolean {
  return isDigest(digest) && Number.isSafeInteger(sizeBytes) && sizeBytes >= 0;
}
