import type { FileStem } from './labels.js';

/** A name on disk may have 255 bytes; this leaves room for a hash and the extension. */
const LONGEST_STEM = 180;
const HASH_IN_NAME = 12;

/** Says what a file is called. `hex` is the sha256 of the file. */
export interface GivesNames {
  nameOf(stem: FileStem, extension: string, hex: string): string;
}

/**
 * Gives every file of the documents its last path segment. `image export` saves files under it, so two files never
 * share one, not even on a file system that ignores case; the same file may have several.
 */
export class FileNames implements GivesNames {
  private readonly owners = new Map<string, string>();

  /** `hex` is the sha256 of the file; names given earlier are kept, a later file that would repeat one gets its hash in. */
  nameOf(stem: FileStem, extension: string, hex: string): string {
    // The last one needs no check: it has no dash before its extension, as all others have, and is the file's own.
    return possibleNames(stem, extension, hex).find((name) => this.take(name, hex)) ?? `${hex}.${extension}`;
  }

  private take(name: string, hex: string): boolean {
    const key = name.toLowerCase();
    const owner = this.owners.get(key);
    if (owner === undefined) {
      this.owners.set(key, hex);
    }
    return owner === undefined || owner === hex;
  }
}

/**
 * The names that a file can have, the plainest first. They have only characters that no client, proxy or file system
 * encodes or refuses: `+` and `:` become `_`.
 */
export function possibleNames({ parts, withHash }: FileStem, extension: string, hex: string): string[] {
  const hash = hex.slice(0, HASH_IN_NAME);
  const speaking = parts
    .map((part) => part.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[^A-Za-z0-9]+/, ''))
    .filter((part) => part !== '')
    .join('-');
  const stem = speaking.length > LONGEST_STEM ? `${speaking.slice(0, LONGEST_STEM)}-${hash}` : speaking;
  const hashed = `${stem}-${hash}.${extension}`;
  return withHash ? [hashed] : [`${stem}.${extension}`, hashed];
}
