import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Schemas } from '@imgsrv/client';
import { usageError } from '../cli.errors.js';
import { attachmentMediaType, MEDIA_TYPES } from '../formats/media-types.js';
import { type FormatName, recogniseFile } from '../formats/recognise-file.js';
import { guessArchitecture } from './guess-architecture.js';
import type { ArtifactFacts, PlannedArtifact, PlannedAttachment, ReleasePlan } from './release-plan.js';
import { RELEASE_SCHEMA } from './release-schema.js';

interface AttachmentEntry {
  readonly file: string;
  readonly name?: string;
  readonly media_type?: string;
  readonly base_version?: string;
}

interface ArtifactEntry extends ArtifactFacts {
  readonly file: string;
  readonly operating_system?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly format?: FormatName;
  readonly media_type?: string;
  readonly attachments?: readonly AttachmentEntry[];
}

/** A release file, as its schema allows it. */
export interface ReleaseEntry {
  readonly image?: string;
  readonly version?: string;
  readonly aliases?: readonly string[];
  readonly visibility?: ReleasePlan['visibility'];
  readonly metadata?: Schemas['VersionMetadataRequest'];
  readonly artifacts: readonly ArtifactEntry[];
}

const MAX_FILE_BYTES = 1024 * 1024;

/** Reads a release file, YAML or JSON. Throws a usage error with every place that is against the schema. */
export async function readReleaseFile(file: string): Promise<ReleaseEntry> {
  const text = await readFile(file, 'utf8');
  if (text.length > MAX_FILE_BYTES) throw usageError(`${file} is too long for a release file.`);
  // Loaded here, as few commands need them.
  const [{ parse }, { Ajv }] = await Promise.all([import('yaml'), import('ajv')]);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw usageError(`${file} is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  const validate = ajv.compile<ReleaseEntry>(RELEASE_SCHEMA);
  if (validate(value)) return value;
  const places = (validate.errors ?? []).map(({ instancePath, message = '', params }) => {
    const { additionalProperty } = params as { readonly additionalProperty?: string };
    return `  ${instancePath === '' ? '/' : instancePath}: ${additionalProperty === undefined ? message : `there is no ${additionalProperty}`}`;
  });
  throw usageError(
    `${file} is no release file:\n${places.join('\n')}`,
    'imgsrv publish --print-schema shows what it may say.',
  );
}

/** The artifacts of a release file, with what it leaves open taken from the files. */
export async function planArtifacts(
  releaseFile: string,
  { artifacts }: ReleaseEntry,
  defaults: { readonly operatingSystem: string; readonly architecture?: string; readonly variant: string },
): Promise<PlannedArtifact[]> {
  const folder = dirname(releaseFile);
  const planned: PlannedArtifact[] = [];
  for (const entry of artifacts) {
    const file = resolve(folder, entry.file);
    const format = await formatOf(file, entry);
    const architecture = entry.architecture ?? defaults.architecture ?? guessArchitecture(file);
    if (architecture === undefined)
      throw usageError(`Which machine is ${entry.file} for?`, 'Add `architecture:` to it.');
    planned.push({
      file,
      operatingSystem: entry.operating_system ?? defaults.operatingSystem,
      architecture,
      variant: entry.variant ?? defaults.variant,
      format,
      mediaType: entry.media_type ?? MEDIA_TYPES[format],
      attachments: (entry.attachments ?? []).map((attachment) => planAttachment(folder, attachment)),
      facts: factsOf(entry),
    });
  }
  return planned;
}

/** What the content says, which has to be what the file says. */
async function formatOf(file: string, { format }: ArtifactEntry): Promise<FormatName> {
  if (format === 'raw') return format;
  const role = await recogniseFile(file);
  const found = role.kind === 'metadata' ? 'rootfs.tar.xz' : role.format;
  if (format !== undefined && format !== found)
    throw usageError(`${file} is ${found}, but is called ${format}.`);
  return found;
}

function planAttachment(
  folder: string,
  { file, name, media_type, base_version }: AttachmentEntry,
): PlannedAttachment {
  const attached = name ?? basename(file);
  return {
    name: attached,
    file: resolve(folder, file),
    mediaType: media_type ?? attachmentMediaType(attached),
    ...(base_version === undefined ? {} : { baseVersion: base_version }),
  };
}

function factsOf(entry: ArtifactEntry): ArtifactFacts {
  const { default_user, min_disk_bytes, min_memory_bytes, firmware, secure_boot, cloud_init } = entry;
  const { incus, delta_from } = entry;
  const said = { default_user, min_disk_bytes, min_memory_bytes, firmware, secure_boot, cloud_init };
  const facts = { ...said, incus, delta_from };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
