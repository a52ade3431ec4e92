import type { Schemas } from '@imgsrv/client';
import type { FormatName } from '../formats/recognise-file.js';
import type { Visibility } from '../visibility.js';

export interface PlannedAttachment {
  readonly name: string;
  readonly file: string;
  readonly mediaType: string;
  /** Of a delta. */
  readonly baseVersion?: string;
}

export interface PlannedArtifact {
  readonly file: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly variant: string;
  readonly format: FormatName;
  readonly mediaType: string;
  readonly attachments: readonly PlannedAttachment[];
  /** What publishers say of it. */
  readonly facts: ArtifactFacts;
}

/** What clients are told of an artifact, as the API names it. */
export type ArtifactFacts = Pick<
  Schemas['ReleaseArtifactRequest'],
  | 'default_user'
  | 'min_disk_bytes'
  | 'min_memory_bytes'
  | 'firmware'
  | 'secure_boot'
  | 'cloud_init'
  | 'incus'
  | 'delta_from'
>;

/** What a publish is to make, before anything was read but the beginnings of the files. */
export interface ReleasePlan {
  readonly image: string;
  readonly version: string;
  readonly aliases: readonly string[];
  readonly artifacts: readonly PlannedArtifact[];
  readonly metadata?: Schemas['VersionMetadataRequest'];
  /** Of the image, if this makes it. */
  readonly visibility?: Visibility;
}

/** Every file of a plan, each once. */
export function filesOf({ artifacts }: ReleasePlan): string[] {
  return [
    ...new Set(
      artifacts.flatMap(({ file, attachments }) => [file, ...attachments.map((other) => other.file)]),
    ),
  ];
}
