import { basename, dirname } from 'node:path';
import { usageError } from '../cli.errors.js';
import { attachmentMediaType, MEDIA_TYPES } from '../formats/media-types.js';
import type { FileRole, FormatName, MetadataName } from '../formats/recognise-file.js';
import { TAKES_METADATA } from './describe-for-clients.js';
import { guessArchitecture } from './guess-architecture.js';
import type { PlannedArtifact, PlannedAttachment } from './release-plan.js';

export interface RecognisedFile {
  readonly file: string;
  readonly role: FileRole;
}

export interface ArtifactDefaults {
  readonly operatingSystem: string;
  /** Undefined: what the name of each file says. */
  readonly architecture?: string;
  readonly variant: string;
}

interface Root {
  readonly file: string;
  readonly format: FormatName;
}

/**
 * Makes artifacts of files: each metadata archive belongs to the roots that it is made for, which are those that share most
 * with it of folder and name. Throws a usage error for one that belongs to none, and for two that one root would have.
 */
export function pairFiles(files: readonly RecognisedFile[], defaults: ArtifactDefaults): PlannedArtifact[] {
  const roots = files.flatMap(({ file, role }): Root[] =>
    role.kind === 'root' ? [{ file, format: role.format }] : [],
  );
  if (roots.length === 0) {
    throw usageError(
      'There is no image among the files.',
      'Name the disk or root file system, too, such as disk.qcow2.',
    );
  }
  const attachments = new Map<string, PlannedAttachment[]>(roots.map(({ file }) => [file, []]));
  for (const { file, role } of files) {
    if (role.kind === 'metadata') attach(file, role.name, roots, attachments);
  }
  return roots.map(({ file, format }) => ({
    file,
    operatingSystem: defaults.operatingSystem,
    architecture: defaults.architecture ?? requireArchitecture(file),
    variant: defaults.variant,
    format,
    mediaType: MEDIA_TYPES[format],
    attachments: attachments.get(file) ?? [],
    facts: {},
  }));
}

function attach(
  file: string,
  name: MetadataName,
  roots: readonly Root[],
  attachments: ReadonlyMap<string, PlannedAttachment[]>,
): void {
  const candidates = roots.filter(({ format }) => TAKES_METADATA.includes(format));
  if (candidates.length === 0) {
    throw usageError(
      `${file} is metadata, but no file takes it.`,
      `It belongs to ${TAKES_METADATA.join(', ')}.`,
    );
  }
  for (const root of closest(file, candidates)) {
    const attached = attachments.get(root.file) ?? [];
    const other = attached.find((known) => known.name === name);
    if (other !== undefined) {
      throw usageError(
        `${root.file} would have two ${name}: ${other.file} and ${file}.`,
        'Let the names of the files begin alike, or say it in a file: imgsrv publish -f release.yaml.',
      );
    }
    attached.push({ name, file, mediaType: attachmentMediaType(name) });
  }
}

/** Of the same folder rather than of another, of the same machine, and with names that begin alike. */
function closest(file: string, roots: readonly Root[]): readonly Root[] {
  const machine = guessArchitecture(file);
  return [
    (root: Root) => dirname(root.file) === dirname(file),
    (root: Root) => machine !== undefined && guessArchitecture(root.file) === machine,
    (root: Root) => isNamedAlike(file, root.file),
  ].reduce<readonly Root[]>((left, fits) => {
    const fitting = left.filter(fits);
    return fitting.length === 0 ? left : fitting;
  }, roots);
}

/** `disk-amd64.incus.tar.xz` belongs to `disk-amd64.qcow2`. */
function isNamedAlike(metadata: string, root: string): boolean {
  const stem = basename(metadata).replace(/[.-]?(?:incus|lxd)\.tar\.xz$/, '');
  return stem !== '' && basename(root).startsWith(stem);
}

function requireArchitecture(file: string): string {
  const architecture = guessArchitecture(file);
  if (architecture === undefined) {
    throw usageError(
      `Which machine is ${file} for?`,
      'Say it with --arch, such as --arch amd64, or in the name of the file.',
    );
  }
  return architecture;
}
