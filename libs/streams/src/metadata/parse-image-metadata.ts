import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  YAMLMap,
} from 'yaml';
import type { ImageMetadata } from './image-metadata.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { isComposableYaml } from './yaml-depth.js';

const MAX_VALUE_CHARACTERS = 4096;
const MAX_REQUIREMENTS = 100;
const REQUIREMENT_PREFIX = 'requirements.';
const YAML_NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const FORBIDDEN_CHARACTER = /[^\P{Cc}\t\n]/u;

/**
 * Reads the bytes of an image's `metadata.yaml`. Values are the text that stands in the YAML, so that the release
 * 22.10 stays `22.10`; null and empty ones count as absent. Throws `InvalidImageMetadataError`.
 *
 * Source: `api.ImageMetadata` of Incus, which keeps what an image requires as `requirements.<name>` properties.
 */
export function parseImageMetadata(bytes: Uint8Array): ImageMetadata {
  const document = parseYaml(decodeText(bytes));
  const root = readMap(document, document.contents, 'metadata.yaml');
  const properties = readMap(document, root.get('properties'), 'properties');
  return withoutAbsent({
    architecture: root.text('architecture'),
    creationDate: root.text('creation_date'),
    os: properties.text('os'),
    release: properties.text('release'),
    releaseTitle: properties.text('release_title'),
    variant: properties.text('variant'),
    serial: properties.text('serial'),
    description: properties.text('description'),
    name: properties.text('name'),
    requirements: readRequirements(properties),
  });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidImageMetadataError('metadata.yaml is not UTF-8 text.', { cause });
  }
}

/** The failsafe schema makes every scalar a string and knows no tag that makes anything else of interest. */
function parseYaml(text: string): Document {
  if (!isComposableYaml(text)) {
    throw new InvalidImageMetadataError('metadata.yaml is nested too deeply or has too many elements.');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    throw new InvalidImageMetadataError(`metadata.yaml is not valid YAML near line ${line}.`, {
      cause: error,
    });
  }
  return document;
}

interface MetadataMap {
  get(key: string): unknown;
  text(key: string): string | undefined;
  readonly keys: readonly string[];
}

/** Null counts as a map without entries. Of a key that stands there twice the first counts. */
function readMap(document: Document, node: unknown, label: string): MetadataMap {
  const entries = new Map<string, unknown>();
  for (const { key, value } of readPairs(document, node, label)) {
    if (isScalar(key) && typeof key.value === 'string' && !entries.has(key.value))
      entries.set(key.value, value);
  }
  return {
    get: (key) => entries.get(key),
    text: (key) => readText(document, entries.get(key), key),
    keys: [...entries.keys()],
  };
}

function readPairs(document: Document, node: unknown, label: string): YAMLMap['items'] {
  const target = isAlias(node) ? resolveAlias(document, node) : node;
  if (isMap(target)) return target.items;
  if (target === null || target === undefined || isPlainNull(target)) return [];
  throw new InvalidImageMetadataError(`${label} is not a mapping of names to values.`);
}

function readText(document: Document, node: unknown, label: string): string | undefined {
  const target = isAlias(node) ? resolveAlias(document, node) : node;
  if (target === null || target === undefined || isPlainNull(target)) return undefined;
  if (!isScalar(target) || typeof target.value !== 'string') {
    throw new InvalidImageMetadataError(`${label} in metadata.yaml is not text.`);
  }
  const text = target.value.trim();
  if (text.length > MAX_VALUE_CHARACTERS) {
    throw new InvalidImageMetadataError(
      `${label} in metadata.yaml is longer than ${MAX_VALUE_CHARACTERS} characters.`,
    );
  }
  if (FORBIDDEN_CHARACTER.test(text)) {
    throw new InvalidImageMetadataError(`${label} in metadata.yaml contains control characters.`);
  }
  return text === '' ? undefined : text;
}

function resolveAlias(document: Document, alias: Alias): unknown {
  const target = alias.resolve(document);
  if (target === undefined) {
    throw new InvalidImageMetadataError(`The alias *${alias.source} in metadata.yaml stands for nothing.`);
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

function readRequirements(properties: MetadataMap): Record<string, string> | undefined {
  const keys = properties.keys.filter((key) => key.startsWith(REQUIREMENT_PREFIX));
  if (keys.length > MAX_REQUIREMENTS) {
    throw new InvalidImageMetadataError(`metadata.yaml has more than ${MAX_REQUIREMENTS} requirements.`);
  }
  const entries = keys.flatMap((key) => {
    const text = properties.text(key);
    return text === undefined ? [] : [[key.slice(REQUIREMENT_PREFIX.length), text] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

type Present = { [Key in keyof ImageMetadata]: ImageMetadata[Key] | undefined };

function withoutAbsent(metadata: Present): ImageMetadata {
  const entries: [string, unknown][] = Object.entries(metadata);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
