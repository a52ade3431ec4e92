import { isReadableText } from '@imgsrv/platform';
import { type Alias, type Document, isAlias, isMap, isScalar, Scalar, type YAMLMap } from 'yaml';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';

const MAX_VALUE_CHARACTERS = 4096;
const YAML_NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);

/** A mapping of metadata.yaml. Of a key that stands there twice the first counts. */
export interface MetadataMap {
  /** The name by which error messages call it. */
  readonly label: string;
  readonly keys: readonly string[];
  /** A value that is a mapping itself; null counts as one without entries. */
  map(key: string): MetadataMap;
  /** A value that is one line of text; null and an empty one count as absent. */
  text(key: string): string | undefined;
}

/** The mapping that stands at the top of the document. Throws InvalidImageMetadataError, as its methods do. */
export function readRoot(document: Document): MetadataMap {
  return readMap(document, document.contents, 'metadata.yaml');
}

function readMap(document: Document, node: unknown, label: string): MetadataMap {
  const entries = new Map<string, unknown>();
  for (const { key, value } of readPairs(document, node, label)) {
    if (isScalar(key) && typeof key.value === 'string' && !entries.has(key.value))
      entries.set(key.value, value);
  }
  return {
    label,
    keys: [...entries.keys()],
    map: (key) => readMap(document, entries.get(key), key),
    text: (key) => readText(document, entries.get(key), key),
  };
}

function readPairs(document: Document, node: unknown, label: string): YAMLMap['items'] {
  const target = isAlias(node) ? resolveAlias(document, node) : node;
  if (isMap(target)) return target.items;
  if (target === null || target === undefined || isPlainNull(target)) return [];
  throw new InvalidImageMetadataError(`${label} is not a mapping of names to values.`);
}

function readText(document: Document, node: unknown, key: string): string | undefined {
  const target = isAlias(node) ? resolveAlias(document, node) : node;
  if (target === null || target === undefined || isPlainNull(target)) return undefined;
  // Keys are from the file as well, and stand in messages that are stored.
  if (!isReadableText(key)) {
    throw new InvalidImageMetadataError('A name in metadata.yaml contains control or invisible characters.');
  }
  if (!isScalar(target) || typeof target.value !== 'string') {
    throw new InvalidImageMetadataError(`${key} in metadata.yaml is not text.`);
  }
  const text = target.value.trim();
  if (text.length > MAX_VALUE_CHARACTERS) {
    throw new InvalidImageMetadataError(
      `${key} in metadata.yaml is longer than ${MAX_VALUE_CHARACTERS} characters.`,
    );
  }
  if (!isReadableText(text)) {
    throw new InvalidImageMetadataError(
      `${key} in metadata.yaml contains control characters, or invisible ones such as zero-width spaces and bidirectional controls.`,
    );
  }
  return text === '' ? undefined : text;
}

function resolveAlias(document: Document, alias: Alias): unknown {
  const target = alias.resolve(document);
  if (target === undefined) {
    throw new InvalidImageMetadataError('An alias in metadata.yaml stands for nothing.');
  }
  return target;
}

function isPlainNull(node: unknown): boolean {
  return (
    isScalar(node) &&
    node.type === Scalar.PLAIN &&
    typeof node.value === 'string' &&
    YAML_NULLS.has(node.value)
  );
}
