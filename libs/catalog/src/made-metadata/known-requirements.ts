const SWITCH = /^(?:true|false|yes|no|on|off|1|0)$/i;

/** What a requirement of an image has to look like. */
export interface KnownRequirement {
  readonly pattern: RegExp;
  /** For a sentence: `true or false`. */
  readonly values: string;
}

/**
 * The requirements that Incus or LXD act on. Source: doc/reference/image_format.md and internal/server/instance/drivers of
 * Incus.
 */
export const KNOWN_REQUIREMENTS: ReadonlyMap<string, KnownRequirement> = new Map([
  ['secureboot', { pattern: SWITCH, values: 'true or false' }],
  ['nesting', { pattern: SWITCH, values: 'true or false' }],
  ['privileged', { pattern: SWITCH, values: 'true or false' }],
  ['cdrom_agent', { pattern: SWITCH, values: 'true or false' }],
  ['cgroup', { pattern: /^v[12]$/, values: 'v1 or v2' }],
]);
