import { isReadableProse, isReadableText } from '@imgsrv/platform';
import { InvalidTextError } from '../catalog.errors.js';
import { parseWebUrl } from '../names/web-url.js';

/** What a publisher says of a version; nobody but people and their tools act on it. */
export interface VersionMetadata {
  /** Markdown, as it was written. */
  readonly notes?: string;
  /** `YYYY-MM-DD`: from then on nobody mends it. */
  readonly endOfLife?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly source?: VersionSource;
}

/** What a version was made of, and where. */
export interface VersionSource {
  readonly repository?: string;
  readonly commit?: string;
  readonly pipelineUrl?: string;
}

/** An absent member stays as it is, null takes it away, and another replaces all of it. */
export type VersionMetadataChanges = {
  readonly [Member in keyof VersionMetadata]?: VersionMetadata[Member] | null;
};

export const NOTES_MAX_LENGTH = 16 * 1024;
export const MAX_LABELS = 64;
const LABEL_KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
export const LABEL_VALUE_MAX_LENGTH = 256;
export const COMMIT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const DAY = /^(?:19|2\d)\d\d-[01]\d-[0-3]\d$/;

/** Throws InvalidTextError. */
export function parseVersionMetadata(metadata: VersionMetadata): VersionMetadata {
  const { notes, endOfLife, labels, source } = metadata;
  const parsedSource = source && parseSource(source);
  return {
    ...(notes === undefined ? {} : { notes: parseNotes(notes) }),
    ...(endOfLife === undefined ? {} : { endOfLife: parseDay(endOfLife) }),
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels: parseLabels(labels) }),
    ...(parsedSource === undefined || Object.keys(parsedSource).length === 0 ? {} : { source: parsedSource }),
  };
}

/** The metadata as the changes leave it. Throws InvalidTextError. */
export function changedMetadata(current: VersionMetadata, changes: VersionMetadataChanges): VersionMetadata {
  const merged = Object.entries<unknown>({ ...current, ...changes }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return parseVersionMetadata(Object.fromEntries(merged));
}

function parseNotes(notes: string): string {
  if (notes.trim() === '' || Array.from(notes).length > NOTES_MAX_LENGTH || !isReadableProse(notes)) {
    throw new InvalidTextError(
      `Notes have 1 to ${NOTES_MAX_LENGTH} characters, not only blanks, and, besides tabs and line breaks, no control, bidirectional or zero-width characters.`,
    );
  }
  return notes;
}

function parseDay(day: string): string {
  const time = DAY.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
    throw new InvalidTextError('The end of life is a day that exists, such as 2027-06-30.');
  }
  return day;
}

function parseLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!areLabels(labels)) {
    throw new InvalidTextError(LABELS_RULE);
  }
  return labels;
}

export const LABELS_RULE = `There are at most ${MAX_LABELS} labels; a key has 1 to 63 of A-Z, a-z, 0-9, ".", "_", "/" and "-", the first a letter or digit, a value at most ${LABEL_VALUE_MAX_LENGTH} characters, none of them a control, bidirectional or zero-width character.`;

export function areLabels(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const labels = Object.entries(value);
  return (
    labels.length <= MAX_LABELS &&
    labels.every(
      ([key, text]) =>
        LABEL_KEY.test(key) &&
        typeof text === 'string' &&
        Array.from(text).length <= LABEL_VALUE_MAX_LENGTH &&
        isReadableText(text),
    )
  );
}

function parseSource({ repository, commit, pipelineUrl }: VersionSource): VersionSource {
  if (commit !== undefined && !COMMIT.test(commit)) {
    throw new InvalidTextError(
      'A commit has 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-", the first a letter or digit.',
    );
  }
  return {
    ...(repository === undefined ? {} : { repository: parseWebUrl(repository) }),
    ...(commit === undefined ? {} : { commit }),
    ...(pipelineUrl === undefined ? {} : { pipelineUrl: parseWebUrl(pipelineUrl) }),
  };
}
