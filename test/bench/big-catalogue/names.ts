import { createHash } from 'node:crypto';
import type { VersionId } from '../../../libs/catalog/src/names/names.js';
import type { BigCatalogueSize } from './big-catalogue.js';

/** The id of the n-th row of a kind. */
export function idOf(kind: string, n: number): string {
  const hex = createHash('md5').update(`${kind}${n}`).digest('hex');
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => hex.slice(from, to)).join('-');
}

export function digestOf(n: number): string {
  return `sha256:${createHash('sha256').update(String(n)).digest('hex')}`;
}

/** The name of the n-th image, from the first again after the last. */
export function imageOf(n: number, { images }: BigCatalogueSize): string {
  return `image-${String(1 + (n % images)).padStart(6, '0')}`;
}

/** Somewhere behind the n-th version; always a published one. */
export function publishedVersionOf(
  n: number,
  size: BigCatalogueSize,
): { readonly id: VersionId; readonly image: string; readonly version: string } {
  let version = 1 + (n % (size.versions - 10));
  while (version % 101 < 6) {
    version += 1;
  }
  const ordinal = Math.floor((version - 1) / size.images);
  return {
    id: idOf('version', version) as VersionId,
    image: imageOf(version - 1, size),
    version: `1.${ordinal}`,
  };
}
