import { InvalidImageMetadataError } from '../invalid-image-metadata.error.js';

/** Everything that Go's decoder takes for a character of YAML, which a byte order mark is only at the very start. */
const NO_YAML_CHARACTER = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * The text of a metadata.yaml, as Go's decoder reads it: UTF-8, or UTF-16 with a byte order mark; every sort of line
 * break is one. Throws InvalidImageMetadataError. Source: `readerc.go` of go-yaml.
 */
export function decodeYamlText(bytes: Uint8Array): string {
  const text = decode(bytes).replaceAll(/\r\n?|[\x85\u2028\u2029]/g, '\n');
  const at = text.search(NO_YAML_CHARACTER);
  if (at !== -1) {
    throw new InvalidImageMetadataError(
      `metadata.yaml: line ${text.slice(0, at).split('\n').length}: there is a control character, which YAML does not allow; remove it, or write it as an escape in double quotes.`,
    );
  }
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidImageMetadataError('metadata.yaml is not UTF-8 text.', { cause });
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return 'utf-8';
}
