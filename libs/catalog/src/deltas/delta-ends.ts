import type { Digest } from '@imgsrv/cas';
import type { VersionName } from '../names/names.js';
import type { VersionState } from '../versions/version.js';

/** A file of a version, as it is declared. */
export interface DeclaredFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What a delta makes, and what its base is by now. */
export interface DeltaEnds {
  /** `linux amd64 default qcow2` or so, for sentences to the publisher. */
  readonly artifact: string;
  readonly target: DeclaredFile;
  readonly baseVersion: VersionName;
  /** Undefined when the image has no version of this name. */
  readonly baseState?: VersionState;
  /** The artifact of the base with the same names and format, when it has one. */
  readonly base?: DeclaredFile;
}

export interface DeltaEndsRow {
  readonly artifact: string;
  readonly target_digest: Digest;
  readonly target_size_bytes: string;
  readonly base_version: VersionName;
  readonly base_state: VersionState | null;
  readonly base_digest: Digest | null;
  readonly base_size_bytes: string | null;
}

/** As SQL, the columns of `DeltaEndsRow` but `base_version`, of `joinDeltaEnds`. */
export const DELTA_ENDS = `concat_ws(' ', a.operating_system, a.architecture, a.variant, a.format) AS artifact,
            a.primary_blob_digest AS target_digest, a.primary_blob_size_bytes AS target_size_bytes,
            b.state AS base_state, o.primary_blob_digest AS base_digest, o.primary_blob_size_bytes AS base_size_bytes`;

/** As SQL, joins to a row `a` of `artifacts` its version `v`, and of the version of this name, `b`, the artifact `o` with the same names and format. */
export function joinDeltaEnds(baseVersion: string): string {
  return `JOIN versions v ON v.id = a.version_id
       LEFT JOIN versions b ON b.image_id = v.image_id AND b.version = ${baseVersion}
       LEFT JOIN artifacts o ON o.version_id = b.id AND (o.operating_system, o.architecture, o.variant, o.format)
                                                      = (a.operating_system, a.architecture, a.variant, a.format)`;
}

export function toDeltaEnds(row: DeltaEndsRow): DeltaEnds {
  return {
    artifact: row.artifact,
    target: { digest: row.target_digest, sizeBytes: Number(row.target_size_bytes) },
    baseVersion: row.base_version,
    ...(row.base_state === null ? {} : { baseState: row.base_state }),
    ...(row.base_digest === null
      ? {}
      : { base: { digest: row.base_digest, sizeBytes: Number(row.base_size_bytes) } }),
  };
}
