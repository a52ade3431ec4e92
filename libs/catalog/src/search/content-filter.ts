import { InvalidTextError } from '../catalog.errors.js';
import type { Token } from '../names/names.js';
import { areLabels } from '../versions/version-metadata.js';

/** What one version has to have: the label, and one artifact that is all of the rest. */
export interface ContentFilter {
  readonly label?: Label;
  readonly operatingSystem?: Token;
  readonly architecture?: Token;
  /** Also one that nobody knows, which nothing has. */
  readonly format?: Token;
}

export interface Label {
  readonly key: string;
  readonly value: string;
}

/** The shape; what a value may hold besides is said by `parseLabel`. */
export const LABEL_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}=.{0,256}$/u;

/** `key=value`; the value may be empty and have more of `=`. Throws InvalidTextError. */
export function parseLabel(text: string): Label {
  const at = text.indexOf('=');
  const label = { key: text.slice(0, at), value: text.slice(at + 1) };
  if (at < 0 || !areLabels({ [label.key]: label.value })) {
    throw new InvalidTextError('A label is searched for as key=value, such as team=platform.');
  }
  return label;
}

export function namesArtifact({ operatingSystem, architecture, format }: ContentFilter): boolean {
  return [operatingSystem, architecture, format].some((value) => value !== undefined);
}
