import { isReadableText } from '@imgsrv/platform';
import type { ImageMetadata } from '../image-metadata.js';
import { InvalidImageMetadataError } from '../invalid-image-metadata.error.js';

/** As many as are told at once; a file has rarely more, and what is told is stored. */
const MAX_TOLD = 5;
const MAX_QUOTED_CHARACTERS = 60;

/** Collects what is wrong with one metadata.yaml, so that its publisher mends everything at once. */
export class MetadataProblems {
  /** The words, and the line they are about. */
  private readonly found = new Map<string, number>();

  /** @param line counted from one; undefined for what the whole file lacks. */
  add(line: number | undefined, words: string): void {
    this.found.set(line === undefined ? words : `line ${line}: ${words}`, line ?? 0);
  }

  get isEmpty(): boolean {
    return this.found.size === 0;
  }

  /** All of them as one error, for the publisher; with what could be read all the same. */
  toError(readable: ImageMetadata): InvalidImageMetadataError {
    const problems = [...this.found].toSorted(([, a], [, b]) => a - b).map(([words]) => words);
    const more = problems.length - MAX_TOLD;
    const rest = more > 0 ? ` (and ${more} more)` : '';
    return new InvalidImageMetadataError(`metadata.yaml: ${problems.slice(0, MAX_TOLD).join(' ')}${rest}`, {
      readable,
    });
  }
}

/** A name or value of the file, fit to stand in a message that is stored and shown. */
export function quoted(text: string): string {
  if (!isReadableText(text)) return 'a value with control or invisible characters';
  const characters = Array.from(text);
  if (characters.length <= MAX_QUOTED_CHARACTERS) return `"${text}"`;
  return `"${characters.slice(0, MAX_QUOTED_CHARACTERS).join('')}…"`;
}
