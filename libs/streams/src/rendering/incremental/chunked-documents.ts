import { setImmediate } from 'node:timers/promises';
import { ComposedDocument } from '../../surface/composed-document.js';
import { type DocumentPiece, makePiece } from '../../surface/document-piece.js';
import { JSON_MEDIA_TYPE, type SerializedDocument } from '../../surface/serialized-document.js';
import { runPaced, type Steps } from '../../steps.js';
import { imagesDocument, indexDocument } from '../documents.js';
import { compareText } from '../order.js';
import type { ProductEntry } from './product-entry.js';
import { sorted } from './sorting.js';

export interface Documents {
  readonly index: SerializedDocument;
  readonly images: SerializedDocument;
  readonly products: number;
}

/** Products that follow each other, as both documents have them. */
interface Chunk {
  readonly entries: readonly ProductEntry[];
  /** Nothing separates it from one before. */
  readonly isFirst: boolean;
  readonly images: DocumentPiece;
  readonly index: DocumentPiece;
}

/** Products of a chunk, on average. */
const CHUNK_PRODUCTS = 64;
/** As many as there are threads that compress. */
const MADE_AT_ONCE = 4;

/**
 * Both documents in chunks of some products. Of a document that changes only the chunks that change are made again. Where one
 * begins is said by the keys of the products alone, so that every replica, whatever happened before, has the same bytes.
 */
export class ChunkedDocuments {
  private entries: readonly ProductEntry[] = [];
  private chunks: ReadonlyMap<string, Chunk> = new Map();
  private frames: Promise<Frames> | undefined;

  /** Takes what changed, by the keys of products; undefined for those that are gone. */
  async update(changed: ReadonlyMap<string, ProductEntry | undefined>): Promise<Documents> {
    this.entries = await runPaced(merged(this.entries, changed));
    const groups = [...groupsOf(this.entries)];
    const chunks: Chunk[] = [];
    for (let at = 0; at < groups.length; at += MADE_AT_ONCE) {
      const some = groups.slice(at, at + MADE_AT_ONCE);
      const known = some.flatMap((entries, index) => this.find(entries, at + index === 0) ?? []);
      if (known.length === some.length) {
        chunks.push(...known);
        continue;
      }
      await setImmediate();
      const made = some.map((entries, index) => this.findOrMake(entries, at + index === 0));
      chunks.push(...(await Promise.all(made)));
    }
    this.chunks = new Map(chunks.map((chunk) => [nameOf(chunk.entries), chunk]));
    this.frames ??= makeFrames();
    const { index, images } = await this.frames;
    return {
      index: composed(
        index,
        chunks.map((chunk) => chunk.index),
      ),
      images: composed(
        images,
        chunks.map((chunk) => chunk.images),
      ),
      products: this.entries.length,
    };
  }

  private find(entries: readonly ProductEntry[], isFirst: boolean): Chunk | undefined {
    const chunk = this.chunks.get(nameOf(entries));
    return chunk?.isFirst === isFirst && isSame(chunk.entries, entries) ? chunk : undefined;
  }

  private async findOrMake(entries: readonly ProductEntry[], isFirst: boolean): Promise<Chunk> {
    return this.find(entries, isFirst) ?? makeChunk(entries, isFirst);
  }
}

type Frame = readonly [begin: DocumentPiece, end: DocumentPiece];

interface Frames {
  readonly index: Frame;
  readonly images: Frame;
}

async function makeFrames(): Promise<Frames> {
  return {
    index: await makeFrame(JSON.stringify(indexDocument([])), ']}}}'),
    images: await makeFrame(JSON.stringify(imagesDocument(new Map())), '}}'),
  };
}

async function makeFrame(empty: string, end: string): Promise<Frame> {
  return [await makePiece(Buffer.from(empty.slice(0, -end.length))), await makePiece(Buffer.from(end))];
}

function composed([begin, end]: Frame, pieces: readonly DocumentPiece[]): SerializedDocument {
  return new ComposedDocument(JSON_MEDIA_TYPE, [begin, ...pieces, end]);
}

async function makeChunk(entries: readonly ProductEntry[], isFirst: boolean): Promise<Chunk> {
  const separator = Buffer.from(',');
  const parts = entries.flatMap(({ bytes }, at) => (isFirst && at === 0 ? [bytes] : [separator, bytes]));
  const keys = entries.map(({ key }) => JSON.stringify(key)).join();
  const [images, index] = await Promise.all([
    makePiece(Buffer.concat(parts)),
    makePiece(Buffer.from(isFirst ? keys : `,${keys}`)),
  ]);
  let at = isFirst ? 0 : separator.length;
  for (const entry of entries) {
    const end = at + entry.bytes.length;
    entry.bytes = images.plain.subarray(at, end);
    at = end + separator.length;
  }
  return { entries, isFirst, images, index };
}

function nameOf([first]: readonly ProductEntry[]): string {
  return first?.key ?? '';
}

function isSame(some: readonly ProductEntry[], others: readonly ProductEntry[]): boolean {
  return some.length === others.length && some.every((entry, at) => entry === others[at]);
}

function* merged(
  entries: readonly ProductEntry[],
  changed: ReadonlyMap<string, ProductEntry | undefined>,
): Steps<ProductEntry[]> {
  const added = [...changed.values()].filter((entry) => entry !== undefined);
  const result: ProductEntry[] = [];
  const rest = (yield* sorted(added, byKey)).values();
  let next = rest.next();
  for (const entry of entries) {
    if (result.length % 1024 === 0) yield;
    for (; next.done !== true && next.value.key < entry.key; next = rest.next()) {
      result.push(next.value);
    }
    if (!changed.has(entry.key)) result.push(entry);
  }
  for (; next.done !== true; next = rest.next()) {
    result.push(next.value);
  }
  return result;
}

function byKey(left: ProductEntry, right: ProductEntry): number {
  return compareText(left.key, right.key);
}

function* groupsOf(entries: readonly ProductEntry[]): Generator<readonly ProductEntry[]> {
  let from = 0;
  for (let at = 1; at < entries.length; at += 1) {
    if (beginsChunk(entries[at]?.key ?? '')) {
      yield entries.slice(from, at);
      from = at;
    }
  }
  if (entries.length > from) yield entries.slice(from);
}

/** Keys end with a hash in hex, so that this is true of one in so many. */
function beginsChunk(key: string): boolean {
  return Number.parseInt(key.slice(-4), 16) % CHUNK_PRODUCTS === 0;
}
