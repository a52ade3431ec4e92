import { isMap, isScalar, isSeq } from 'yaml';
import { type GoScalar, toGoScalar } from './go-scalar.js';
import { MappingReader, type MappingEntry } from './mapping-entries.js';
import { type MetadataProblems, quoted } from './metadata-problems.js';
import type { YamlDocument } from './yaml-document.js';

/** A mapping of metadata.yaml by the Go types of its values. Null is the zero value of each, as an absent name is. */
export class MetadataMap {
  private constructor(
    private readonly source: MetadataSource,
    private readonly entries: ReadonlyMap<string, MappingEntry>,
  ) {}

  /** The mapping at the top of the document. What cannot be decoded is a problem, and then absent. */
  static read(document: YamlDocument, problems: MetadataProblems): MetadataMap {
    const source = { document, problems, mappings: new MappingReader(document, problems) };
    return MetadataMap.of(source, document.root, document.lineOf(document.root), 'metadata.yaml');
  }

  private static of(source: MetadataSource, value: unknown, line: number | undefined, label: string) {
    const node = source.document.resolve(value);
    if (isMap(node)) return new MetadataMap(source, source.mappings.read(node));
    const isAbsent = node === undefined || (isScalar(node) && toGoScalar(node).kind === 'null');
    if (!isAbsent) {
      source.problems.add(line, `${label} is not a mapping of names to values; write "name: value" lines.`);
    }
    return new MetadataMap(source, new Map());
  }

  get keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** Counted from one; undefined for an absent name. */
  lineOf(key: string): number | undefined {
    return this.entries.get(key)?.line;
  }

  /** Whether the name is there and its value is null. */
  isNull(key: string): boolean {
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    const node = this.source.document.resolve(entry.value);
    return node === undefined || (isScalar(node) && toGoScalar(node).kind === 'null');
  }

  /** Whether the value is a list or a mapping. */
  isCollection(key: string): boolean {
    const node = this.source.document.resolve(this.entries.get(key)?.value);
    return node !== undefined && !isScalar(node);
  }

  /** A Go struct or a map. */
  map(key: string): MetadataMap {
    return MetadataMap.of(this.source, this.entries.get(key)?.value, this.lineOf(key), quoted(key));
  }

  /** A Go string: any scalar, as it stands there. */
  text(key: string): string | undefined {
    return this.readText(key, this.entries.get(key)?.value);
  }

  /** A Go `int64`. */
  integer(key: string): bigint | undefined {
    const node = this.source.document.resolve(this.entries.get(key)?.value);
    if (node === undefined) return undefined;
    const scalar = isScalar(node) ? toGoScalar(node) : undefined;
    if (scalar?.kind === 'null') return undefined;
    if (scalar?.kind === 'number' && scalar.value !== undefined) return scalar.value;
    this.refuse(
      key,
      `is ${describeNoInteger(scalar)}; write seconds since 1970 without quotes, such as 1767225600.`,
    );
    return undefined;
  }

  /** Refuses what is no Go `bool`. */
  checkBoolean(key: string): void {
    const node = this.source.document.resolve(this.entries.get(key)?.value);
    const kind = isScalar(node) ? toGoScalar(node).kind : 'collection';
    if (node === undefined || kind === 'null' || kind === 'boolean') return;
    this.refuse(key, 'is not true or false; write one of them without quotes.');
  }

  /** Refuses what is no Go `[]string`. */
  checkTexts(key: string): void {
    if (this.isNull(key)) return;
    const node = this.source.document.resolve(this.entries.get(key)?.value);
    if (isSeq(node)) {
      for (const item of node.items) this.readText(key, item);
    } else if (node !== undefined) {
      this.refuse(key, 'is not a list; write it in brackets, such as [create, copy].');
    }
  }

  /** Refuses what is no Go `map[string]string`. */
  checkTextMap(key: string): void {
    const map = this.map(key);
    for (const name of map.keys) map.text(name);
  }

  /** Adds a problem of this name. */
  refuse(key: string, words: string): void {
    this.source.problems.add(this.lineOf(key), `${quoted(key)} ${words}`);
  }

  private readText(key: string, value: unknown): string | undefined {
    const node = this.source.document.resolve(value);
    if (node === undefined) return undefined;
    const scalar = isScalar(node) ? toGoScalar(node) : undefined;
    switch (scalar?.kind) {
      case undefined:
        this.refuse(key, 'is not text but a list or a mapping; put text that begins with [ or { in quotes.');
        return undefined;
      case 'mistagged':
        this.refuse(key, 'is not what its tag (!!…) says; leave out the tag.');
        return undefined;
      case 'null':
        return undefined;
      default:
        return scalar?.text;
    }
  }
}

function describeNoInteger(scalar: GoScalar | undefined): string {
  switch (scalar?.kind) {
    case undefined:
      return 'a list or a mapping, not a number';
    case 'date':
      return 'a date, not a number';
    case 'number':
      return 'no number of 64 bits';
    case 'text':
      return scalar.isQuoted ? 'quoted text, not a number' : `${quoted(scalar.text)}, not a number`;
    case 'boolean':
    case 'mistagged':
      return `${quoted(scalar.text)}, not a number`;
    case 'null':
      return 'nothing';
  }
}

interface MetadataSource {
  readonly document: YamlDocument;
  readonly problems: MetadataProblems;
  readonly mappings: MappingReader;
}
