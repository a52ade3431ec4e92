import { FORMAT_NAMES, type FormatName, getFormat, type StreamsItemType } from '@imgsrv/catalog';
import type { ImageType } from './rendering/published-root.js';

/** What every item of the documents has, be it a root or metadata. */
export type ItemType = Pick<StreamsItemType, 'ftype' | 'itemKey'> & {
  /** Ends the name under which clients save the file, without the leading dot. */
  readonly fileExtension: string;
};

/** A sort of root items: one for each format that clients know. */
export type RootItemType = StreamsItemType & ItemType & { readonly imageType: ImageType };

/** The item that artifacts of a format are, or undefined when clients have none for it. */
export function findRootItemType(name: FormatName): RootItemType | undefined {
  const { streamsItem, fileExtension, imageType } = getFormat(name);
  return streamsItem && { ...streamsItem, fileExtension, imageType };
}

/** Every sort of root items, as clients tell them apart. */
export const ROOT_ITEM_TYPES: readonly RootItemType[] = FORMAT_NAMES.flatMap(
  (name) => findRootItemType(name) ?? [],
);

/** Whether a root of this sort carries its metadata within, and so stands alone. */
export function isUnified({ combinedHashFields }: RootItemType): boolean {
  return combinedHashFields.length === 0;
}
