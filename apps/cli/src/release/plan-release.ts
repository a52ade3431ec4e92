import { usageError } from '../cli.errors.js';
import { recogniseFile } from '../formats/recognise-file.js';
import { readFullRef } from '../image-ref.js';
import { table } from '../output/table.js';
import { type ClientDescription, describeForClients } from './describe-for-clients.js';
import { pairFiles } from './pair-files.js';
import { planArtifacts, readReleaseFile } from './release-file.js';
import type { PlannedArtifact, ReleasePlan } from './release-plan.js';
import { wishDeltas } from './wish-deltas.js';

/** What the command line says of a release, besides its names and files. */
export interface PlanOptions {
  readonly file?: string;
  readonly os?: string;
  readonly arch?: string;
  readonly variant: string;
  readonly release?: string;
  readonly description?: string;
  readonly deltaFrom?: string;
  readonly alias?: readonly string[];
  readonly note?: string;
  readonly endOfLife?: string;
  readonly label?: readonly string[];
  readonly visibility?: ReleasePlan['visibility'];
}

/** What is to be published, of a release file or of the command line, which wins. Throws usage errors. */
export async function planRelease(
  options: PlanOptions,
  image: string | undefined,
  version: string | undefined,
  files: readonly string[],
): Promise<ReleasePlan> {
  const { file: releaseFile } = options;
  const described = releaseFile === undefined ? undefined : await readReleaseFile(releaseFile);
  const names = { image: image ?? described?.image, version: version ?? described?.version };
  if (names.image === undefined || names.version === undefined) {
    throw usageError(
      'Publish what, and as which version?',
      'imgsrv publish IMAGE VERSION FILE…, or -f with a release file that says both.',
    );
  }
  const { image: name, ref } = readFullRef(`${names.image}:${names.version}`);
  const defaults = {
    operatingSystem: options.os ?? name,
    variant: options.variant,
    ...(options.arch === undefined ? {} : { architecture: options.arch }),
  };
  const clients = descriptionOf(options, defaults.operatingSystem);
  const complete = (artifacts: readonly PlannedArtifact[]) =>
    wishDeltas(describeForClients(artifacts, clients), options.deltaFrom);
  if (releaseFile !== undefined && described !== undefined) {
    if (files.length > 0)
      throw usageError('Files are named either on the command line or in the release file.');
    const artifacts = complete(await planArtifacts(releaseFile, described, defaults));
    const metadata = mergeMetadata(described.metadata, metadataOf(options));
    return {
      image: name,
      version: ref,
      aliases: options.alias ?? described.aliases ?? [],
      artifacts,
      ...visibilityOf(options.visibility ?? described.visibility),
      ...metadata,
    };
  }
  if (files.length === 0)
    throw usageError('There is no file to publish.', 'imgsrv publish IMAGE VERSION FILE…');
  const recognised = [];
  for (const file of new Set(files)) recognised.push({ file, role: await recogniseFile(file) });
  const artifacts = complete(pairFiles(recognised, defaults));
  return {
    image: name,
    version: ref,
    aliases: options.alias ?? [],
    artifacts,
    ...visibilityOf(options.visibility),
    ...mergeMetadata({}, metadataOf(options)),
  };
}

function visibilityOf(visibility: ReleasePlan['visibility']): Pick<ReleasePlan, 'visibility'> {
  return visibility === undefined ? {} : { visibility };
}

type Metadata = NonNullable<ReleasePlan['metadata']>;

function descriptionOf({ release, description }: PlanOptions, os: string): ClientDescription {
  return {
    os,
    ...(release === undefined ? {} : { release }),
    ...(description === undefined ? {} : { description }),
  };
}

function metadataOf({ note, endOfLife, label }: PlanOptions): Metadata {
  return {
    ...(note === undefined ? {} : { notes: note }),
    ...(endOfLife === undefined ? {} : { end_of_life: endOfLife }),
    ...(label === undefined ? {} : { labels: Object.fromEntries(label.map(readLabel)) }),
  };
}

function readLabel(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw usageError(`--label is ${text}, but should be NAME=VALUE.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** What the command line says wins. */
function mergeMetadata(file: Metadata = {}, line: Metadata): { readonly metadata?: Metadata } {
  const metadata = { ...file, ...line };
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}

/** A plan for people. */
export function describePlan({ image, version, aliases, artifacts }: ReleasePlan): string {
  const rows = artifacts.flatMap((artifact) => [
    [artifact.operatingSystem, artifact.architecture, artifact.variant, artifact.format, artifact.file],
    ...artifact.attachments.map(({ name, file }) => ['', '', '', `+ ${name}`, file]),
    ...describeMade(artifact.facts),
  ]);
  return [
    `${image}:${version} would be published with`,
    '',
    table(['OS', 'ARCH', 'VARIANT', 'FORMAT', 'FILE'], rows),
    ...(aliases.length === 0 ? [] : ['', `and named by ${aliases.join(', ')}.`]),
  ].join('\n');
}

function describeMade({ incus, delta_from: base }: PlannedArtifact['facts']): string[][] {
  return [
    ...(incus === undefined
      ? []
      : [['', '', '', '+ metadata', `made by the server: ${incus.os} ${incus.release}`]]),
    ...(base === undefined ? [] : [['', '', '', '+ delta', `made by the server, if it can: of ${base}`]]),
  ];
}
