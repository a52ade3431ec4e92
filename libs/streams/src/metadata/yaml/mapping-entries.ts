import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { toGoScalar } from './go-scalar.js';
import { type MetadataProblems, quoted } from './metadata-problems.js';
import type { YamlDocument } from './yaml-document.js';

/** One name of a mapping and what stands for it. */
export interface MappingEntry {
  readonly key: string;
  /** To be resolved: it may be an alias. */
  readonly value: unknown;
  /** Of the name, counted from one. */
  readonly line: number | undefined;
}

/** Merged mappings may be merged of others; real files have a handful, and few bytes can make very many. */
const MAX_MERGED = 2000;

/**
 * Reads the names of mappings as Go's decoder does: what is merged by `<<` counts, a name that stands there twice does
 * not pass, and neither does anything that the decoder of Incus 6 and LXD (go-yaml v2, which goes by the order in the
 * text) reads in another way than that of Incus 7 (v4, where what is not merged comes first).
 */
export class MappingReader {
  private merged = 0;
  /** Mappings that are being read, which must not be merged into themselves. */
  private readonly open = new Set<YAMLMap>();

  constructor(
    private readonly document: YamlDocument,
    private readonly problems: MetadataProblems,
  ) {}

  read(map: YAMLMap): Map<string, MappingEntry> {
    const own = new Map<string, MappingEntry>();
    let merge: Pair | undefined;
    let namesBefore: ReadonlySet<string> = new Set();
    for (const pair of map.items) {
      if (!isMergeKey(pair.key)) {
        this.addOwn(own, pair);
      } else if (merge === undefined) {
        merge = pair;
        namesBefore = new Set(own.keys());
      } else {
        this.problems.add(this.document.lineOf(pair.key), 'there is a second <<; write one, with a list.');
      }
    }
    if (merge === undefined) return own;
    this.open.add(map);
    const entries = this.merge(own, merge, namesBefore);
    this.open.delete(map);
    return entries;
  }

  private addOwn(own: Map<string, MappingEntry>, pair: Pair): void {
    const line = this.document.lineOf(pair.key);
    const node = this.document.resolve(pair.key);
    const key = isScalar(node) ? toGoScalar(node) : undefined;
    if (key === undefined || key.kind === 'mistagged') {
      this.problems.add(
        line,
        'a name is no text; put what stands in brackets in quotes, and fill in what a template leaves in {{ }}.',
      );
      return;
    }
    if (isScalar(node) && key.kind === 'null' && node.source === '') {
      this.problems.add(line, 'there is no name before the colon; write one.');
      return;
    }
    const name = key.kind === 'null' ? '' : key.text;
    const earlier = own.get(name);
    if (earlier !== undefined) {
      this.problems.add(
        line,
        `${quoted(name)} stands there twice, first in line ${earlier.line ?? 1}; write it once.`,
      );
      return;
    }
    own.set(name, { key: name, value: pair.value, line });
  }

  private merge(
    own: ReadonlyMap<string, MappingEntry>,
    merge: Pair,
    namesBefore: ReadonlySet<string>,
  ): Map<string, MappingEntry> {
    const entries = new Map(own);
    for (const map of this.mappingsOf(merge)) {
      this.merged += 1 + map.items.length;
      if (this.merged > MAX_MERGED) {
        this.problems.add(this.document.lineOf(merge.key), '<< merges too many names; write them out.');
        break;
      }
      for (const entry of this.read(map).values()) {
        const present = entries.get(entry.key);
        if (present === undefined) entries.set(entry.key, entry);
        else this.checkAgreement(present, entry, namesBefore.has(entry.key));
      }
    }
    return entries;
  }

  private mappingsOf(merge: Pair): YAMLMap[] {
    const value = this.document.resolve(merge.value);
    // An alias of a list is none: Go wants a list of mappings here.
    const list = isSeq(value) && !isAlias(merge.value) ? value.items : [merge.value];
    const maps: YAMLMap[] = [];
    for (const item of list) {
      const map = this.document.resolve(item);
      if (!isMap(map) || this.open.has(map)) {
        this.problems.add(
          this.document.lineOf(merge.key),
          '<< merges a mapping, or a list of mappings, which is not the one it stands in.',
        );
        return [];
      }
      maps.push(map);
    }
    return maps;
  }

  /** A value that is written there and one that is merged in are fine where all decoders take the same one. */
  private checkAgreement(present: MappingEntry, merged: MappingEntry, isBeforeMerge: boolean): void {
    const [first, second] = [this.textOf(present), this.textOf(merged)];
    if (first !== undefined && second !== undefined && (!isBeforeMerge || first === second)) return;
    this.problems.add(
      present.line,
      `${quoted(present.key)} is merged in by << as well, and decoders differ in which one counts; write << first, and what is no plain value once.`,
    );
  }

  private textOf({ value }: MappingEntry): string | undefined {
    const node = this.document.resolve(value);
    if (node === undefined) return '';
    return isScalar(node) ? (node.source ?? '') : undefined;
  }
}

function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || key.source !== '<<') return false;
  return key.tag === undefined ? key.type === 'PLAIN' : key.tag === 'tag:yaml.org,2002:merge';
}
