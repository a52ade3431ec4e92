import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import type { MetadataMap } from './metadata-map.js';

const MAX_REQUIREMENTS = 100;
const PREFIX = 'requirements.';

const SWITCH = /^(?:true|false|yes|no|on|off|1|0)$/i;

/**
 * The requirements that Incus or LXD act on, and what their values have to look like. Others are passed on as they are,
 * and clients that do not know them take no notice. Source: doc/reference/image_format.md and
 * internal/server/instance/drivers of Incus.
 */
const KNOWN: ReadonlyMap<string, { readonly pattern: RegExp; readonly values: string }> = new Map([
  ['secureboot', { pattern: SWITCH, values: 'true or false' }],
  ['nesting', { pattern: SWITCH, values: 'true or false' }],
  ['privileged', { pattern: SWITCH, values: 'true or false' }],
  ['cdrom_agent', { pattern: SWITCH, values: 'true or false' }],
  ['cgroup', { pattern: /^v[12]$/, values: 'v1 or v2' }],
]);

/**
 * What an image requires of its host: `requirements.<name>` among the properties, as Incus keeps it, and a mapping
 * `requirements`, among the properties or at the top. Undefined when there is nothing. Throws
 * InvalidImageMetadataError for a value that no client understands, and for two values of one name.
 */
export function readRequirements(root: MetadataMap): Record<string, string> | undefined {
  const properties = root.map('properties');
  const flat = properties.keys
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => [key.slice(PREFIX.length), properties.text(key)] as const);
  const nested = [properties, root].flatMap((parent) => {
    const map = parent.map('requirements');
    return map.keys.map((key) => [key, map.text(key)] as const);
  });
  const requirements = new Map<string, string>();
  for (const [name, value] of [...flat, ...nested]) {
    if (value !== undefined) addRequirement(requirements, name, value);
  }
  return requirements.size === 0 ? undefined : Object.fromEntries(requirements);
}

function addRequirement(requirements: Map<string, string>, name: string, value: string): void {
  const known = KNOWN.get(name);
  if (known?.pattern.test(value) === false) {
    throw new InvalidImageMetadataError(`The requirement ${name} in metadata.yaml is not ${known.values}.`);
  }
  if ((requirements.get(name) ?? value) !== value) {
    throw new InvalidImageMetadataError(`metadata.yaml has two values of the requirement ${name}.`);
  }
  requirements.set(name, value);
  if (requirements.size > MAX_REQUIREMENTS) {
    throw new InvalidImageMetadataError(`metadata.yaml has more than ${MAX_REQUIREMENTS} requirements.`);
  }
}
