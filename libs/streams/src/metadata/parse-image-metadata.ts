import type { ImageMetadata } from './image-metadata.js';
import { type ArchiveContent, checkTemplates } from './image-metadata-templates.js';
import { refuseLostIndentation } from './lost-indentation.js';
import { readRequirements } from './read-requirements.js';
import { readShownText } from './shown-text.js';
import { decodeYamlText } from './yaml/decode-text.js';
import { MetadataMap } from './yaml/metadata-map.js';
import { MetadataProblems } from './yaml/metadata-problems.js';
import { YamlDocument } from './yaml/yaml-document.js';

/**
 * Reads the bytes of an image's `metadata.yaml` as Incus and LXD decode them into `ImageMetadata` of `shared/api/image.go`,
 * and refuses what they cannot decode, since an image of it neither starts nor can be published again. Text is what stands in the
 * YAML, so that the release 22.10 stays `22.10`; null and empty ones count as absent. What no client is shown, such as a
 * description, only has to be decodable. `archive` is what the file was found with, to look for the templates it names.
 *
 * Throws InvalidImageMetadataError with all that is wrong, by line, and with what could be read all the same. Whether the
 * architecture is one, and the right one, is for the caller, who knows the artifact's.
 */
export function parseImageMetadata(bytes: Uint8Array, archive?: ArchiveContent): ImageMetadata {
  const document = new YamlDocument(decodeYamlText(bytes));
  const problems = new MetadataProblems();
  const root = MetadataMap.read(document, problems);
  const properties = root.map('properties');
  checkProperties(properties);
  const metadata = withoutAbsent({
    architecture: readShownText(root, 'architecture'),
    creationDate: readSeconds(root, 'creation_date'),
    expiryDate: readSeconds(root, 'expiry_date'),
    os: readShownText(properties, 'os'),
    release: readShownText(properties, 'release'),
    releaseTitle: readShownText(properties, 'release_title'),
    variant: readShownText(properties, 'variant'),
    type: readShownText(properties, 'type'),
    requirements: readRequirements(root, properties),
  });
  checkTemplates(root, archive);
  refuseLostIndentation(root, properties);
  requireCreationDate(metadata, root, problems);
  if (!problems.isEmpty) throw problems.toError(metadata);
  return metadata;
}

function checkProperties(properties: MetadataMap): void {
  for (const name of properties.keys) {
    if (name === 'requirements' && properties.isCollection(name)) {
      properties.refuse(
        name,
        "is a mapping, which Incus and LXD cannot decode there; write each requirement as a property, such as requirements.secureboot: 'false'.",
      );
    } else {
      properties.text(name);
    }
  }
}

function readSeconds(root: MetadataMap, key: string): string | undefined {
  return root.integer(key)?.toString();
}

/** Incus and LXD take zero for a missing one. What is no number is refused as such. */
function requireCreationDate(
  { creationDate }: ImageMetadata,
  root: MetadataMap,
  problems: MetadataProblems,
): void {
  const line = root.lineOf('creation_date');
  if (creationDate !== '0' && line !== undefined && !root.isNull('creation_date')) return;
  problems.add(
    line,
    'there is no creation_date; write when the image was made, in seconds since 1970, such as "creation_date: 1767225600".',
  );
}

type Present = { [Key in keyof ImageMetadata]: ImageMetadata[Key] | undefined };

function withoutAbsent(metadata: Present): ImageMetadata {
  const entries: [string, unknown][] = Object.entries(metadata);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
