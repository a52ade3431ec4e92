import { isReadableText } from '@imgsrv/platform';
import { InvalidTextError } from '../catalog.errors.js';
import { KNOWN_REQUIREMENTS } from './known-requirements.js';

/** What a publisher says of an artifact for Incus and LXD, of which imgsrv makes the metadata that they read. */
export interface ImageDescription {
  readonly os: string;
  readonly release: string;
  readonly description?: string;
  /** What a host has to offer, such as `secureboot` → `false`. */
  readonly requirements?: Readonly<Record<string, string>>;
  /** Further properties of the image. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Lengths in characters, as code points. */
export const WORD_MAX_LENGTH = 128;
export const IMAGE_DESCRIPTION_MAX_LENGTH = 1024;
export const PROPERTY_VALUE_MAX_LENGTH = 1024;
export const MAX_PROPERTIES = 32;
const PROPERTY_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
/** What is made of it has to stay below the 32 KiB that are read of a `metadata.yaml`. */
const MAX_BYTES = 16 * 1024;

/** Those that imgsrv writes itself. */
const OWN_PROPERTIES = ['architecture', 'description', 'os', 'release', 'serial', 'type', 'variant'];

/** What shells, CI services and template engines leave when they were not run. */
const UNEXPANDED = /\$\(.*\)|\$\{.*\}|\{\{.*\}\}|\{%.*%\}|<%.*%>/s;
/** YAML does not have them. */
const NO_CHARACTER = /[\ufffe\uffff]/;

/** The description with only what it says. Throws InvalidTextError. */
export function parseImageDescription(description: ImageDescription): ImageDescription {
  const problem = findDescriptionProblem(description);
  if (problem !== undefined) {
    throw new InvalidTextError(`incus/${problem}`);
  }
  const { os, release, description: text, requirements = {}, properties = {} } = description;
  return {
    os,
    release,
    ...(text === undefined ? {} : { description: text }),
    ...(Object.keys(requirements).length === 0 ? {} : { requirements: { ...requirements } }),
    ...(Object.keys(properties).length === 0 ? {} : { properties: { ...properties } }),
  };
}

function findDescriptionProblem(description: ImageDescription): string | undefined {
  const { os, release, description: text, requirements = {}, properties = {} } = description;
  return (
    findTextProblem('os', os, WORD_MAX_LENGTH) ??
    findTextProblem('release', release, WORD_MAX_LENGTH) ??
    (text === undefined ? undefined : findTextProblem('description', text, IMAGE_DESCRIPTION_MAX_LENGTH)) ??
    findRequirementProblem(requirements) ??
    findPropertyProblem(properties) ??
    (Buffer.byteLength(JSON.stringify(description)) > MAX_BYTES
      ? `properties: all of incus has at most ${MAX_BYTES} bytes.`
      : undefined)
  );
}

/** What is wrong with one line that clients show, for a sentence; undefined when nothing is. */
function findTextProblem(place: string, text: string, maxLength: number): string | undefined {
  if (text.trim() === '' || text.trim() !== text || Array.from(text).length > maxLength) {
    return `${place} has 1 to ${maxLength} characters, the first and the last no white space.`;
  }
  if (!isReadableText(text) || NO_CHARACTER.test(text)) {
    return `${place} is one line without control, bidirectional or zero-width characters.`;
  }
  return UNEXPANDED.test(text) ? `${place} was to be filled in; say the value itself.` : undefined;
}

function findRequirementProblem(requirements: Readonly<Record<string, string>>): string | undefined {
  for (const [name, value] of Object.entries(requirements)) {
    const known = KNOWN_REQUIREMENTS.get(name);
    if (known === undefined) {
      const names = [...KNOWN_REQUIREMENTS.keys()].sort().join(', ');
      return `requirements: clients know the requirements ${names}, and no other.`;
    }
    if (!known.pattern.test(value)) {
      return `requirements/${name} is ${known.values}.`;
    }
  }
  return undefined;
}

function findPropertyProblem(properties: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(properties);
  if (entries.length > MAX_PROPERTIES) {
    return `properties has at most ${MAX_PROPERTIES} members.`;
  }
  for (const [name, value] of entries) {
    if (!PROPERTY_NAME.test(name)) {
      return 'properties: a name has 1 to 63 of A-Z, a-z, 0-9, ".", "_" and "-", the first a letter.';
    }
    if (OWN_PROPERTIES.includes(name) || name === 'requirements' || name.startsWith('requirements.')) {
      return `properties/${name} cannot be set there: imgsrv writes it of what else is said of the artifact.`;
    }
    const problem = findTextProblem(`properties/${name}`, value, PROPERTY_VALUE_MAX_LENGTH);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}
