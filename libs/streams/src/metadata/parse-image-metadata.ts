import { type Document, LineCounter, parseDocument } from 'yaml';
import type { ImageMetadata } from './image-metadata.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { readRoot } from './metadata-map.js';
import { readRequirements } from './read-requirements.js';
import { isComposableYaml } from './yaml-depth.js';

/**
 * Reads the bytes of an image's `metadata.yaml`. Values are the text that stands in the YAML, so that the release
 * 22.10 stays `22.10`; null and empty ones count as absent. Every text is one that people see as it is and that can be
 * stored. What no client is shown, such as a description, is never a reason to refuse an image. Throws `InvalidImageMetadataError`.
 *
 * Source: `api.ImageMetadata` of Incus, which keeps what an image requires as `requirements.<name>` properties.
 */
export function parseImageMetadata(bytes: Uint8Array): ImageMetadata {
  const root = readRoot(parseYaml(decodeText(bytes)));
  const properties = root.map('properties');
  return withoutAbsent({
    architecture: root.text('architecture'),
    creationDate: root.text('creation_date'),
    expiryDate: root.text('expiry_date'),
    os: properties.text('os'),
    release: properties.text('release'),
    releaseTitle: properties.text('release_title'),
    variant: properties.text('variant'),
    type: properties.text('type'),
    requirements: readRequirements(root),
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

type Present = { [Key in keyof ImageMetadata]: ImageMetadata[Key] | undefined };

function withoutAbsent(metadata: Present): ImageMetadata {
  const entries: [string, unknown][] = Object.entries(metadata);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
