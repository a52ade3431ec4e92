import type { MetadataMap } from './yaml/metadata-map.js';

const SHOWN = new Set(['os', 'release', 'release_title', 'variant']);
const REQUIREMENT = 'requirements.';

/**
 * Refuses what stands at the top of the file though clients look for it among the properties or templates: Incus and LXD pass
 * over it without a word, and the image would be listed under names that nobody wrote.
 */
export function refuseLostIndentation(root: MetadataMap, properties: MetadataMap): void {
  const own = new Set(properties.keys);
  for (const key of root.keys) {
    if (key.startsWith('/')) {
      root.refuse(key, 'stands at the top, where clients pass over it; indent it below templates:.');
    } else if ((SHOWN.has(key) || key.startsWith(REQUIREMENT)) && !own.has(key)) {
      root.refuse(key, 'stands at the top, where clients pass over it; indent it below properties:.');
    }
  }
}
