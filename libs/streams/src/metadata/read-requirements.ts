import { KNOWN_REQUIREMENTS } from '@imgsrv/catalog';
import { readShownText } from './shown-text.js';
import type { MetadataMap } from './yaml/metadata-map.js';
import { quoted } from './yaml/metadata-problems.js';

const MAX_REQUIREMENTS = 100;
const PREFIX = 'requirements.';
/** Names that can be a property of an image. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * What an image requires of its host: `requirements.<name>` among the properties, as Incus keeps it, and a mapping
 * `requirements` at the top, which Incus passes over. Undefined when there is nothing. Refuses a value that no client
 * understands, and two values of one name. Among the properties the mapping is refused: with it Incus and LXD cannot decode the file.
 */
export function readRequirements(
  root: MetadataMap,
  properties: MetadataMap,
): Record<string, string> | undefined {
  const nested = root.map('requirements');
  const places: [map: MetadataMap, key: string, name: string][] = [
    ...properties.keys
      .filter((key) => key.startsWith(PREFIX))
      .map((key): [MetadataMap, string, string] => [properties, key, key.slice(PREFIX.length)]),
    ...nested.keys.map((key): [MetadataMap, string, string] => [nested, key, key]),
  ];
  const requirements = new Map<string, string>();
  for (const [map, key, name] of places) {
    const value = readShownText(map, key);
    if (value !== undefined) addRequirement(requirements, map, key, name, value);
  }
  return requirements.size === 0 ? undefined : Object.fromEntries(requirements);
}

function addRequirement(
  requirements: Map<string, string>,
  map: MetadataMap,
  key: string,
  name: string,
  value: string,
): void {
  const known = KNOWN_REQUIREMENTS.get(name);
  if (!NAME.test(name)) {
    map.refuse(key, 'is no name of a requirement; write letters, digits, ".", "_" and "-".');
  } else if (known?.pattern.test(value) === false) {
    map.refuse(key, `is a requirement that is ${known.values}, not ${quoted(value)}.`);
  } else if ((requirements.get(name) ?? value) !== value) {
    map.refuse(key, `is a second value of the requirement ${quoted(name)}; write one.`);
  } else if (requirements.size === MAX_REQUIREMENTS && !requirements.has(name)) {
    map.refuse(key, `is one of more than ${MAX_REQUIREMENTS} requirements; write fewer.`);
  } else {
    requirements.set(name, value);
  }
}
