import type { DownloadSource, Schemas } from '@imgsrv/client';
import { CliError } from '../cli.errors.js';
import { artifactFileName, attachmentFileName } from '../file-names.js';

export interface PullFilter {
  readonly os?: string;
  readonly arch?: string;
  readonly variant?: string;
  readonly format?: string;
  /** The roots alone. */
  readonly attachments?: boolean;
}

export interface PulledFile extends DownloadSource {
  readonly fileName: string;
}

/** Spellings that users mix, of the same machine. */
const SAME_ARCHITECTURE: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  i386: 'i686',
  i586: 'i686',
  ppc64le: 'ppc64el',
};

/** Which files of a version are fetched, and what they are called here. */
export function planPull(manifest: Schemas['ManifestResponse'], filter: PullFilter): PulledFile[] {
  const { image, version, artifacts } = manifest;
  const chosen = artifacts.filter(({ artifact }) => isChosen(artifact, filter));
  if (chosen.length === 0) {
    const there = artifacts.map(
      ({ artifact }) =>
        `${artifact.operating_system} ${artifact.architecture} ${artifact.variant} ${artifact.format}`,
    );
    throw new CliError(
      'not-found',
      `${image.name}:${version.version} has no such file.`,
      `It has: ${there.join('; ')}.`,
    );
  }
  const files = chosen.flatMap(({ artifact, attachments }) => {
    const path = `/v1/images/${encodeURIComponent(image.name)}/versions/${encodeURIComponent(version.version)}/artifacts/${encodeURIComponent(artifact.id)}`;
    const root: PulledFile = {
      fileName: artifactFileName(image.name, version.version, artifact),
      path: `${path}/download`,
      digest: artifact.primary_blob_digest,
      sizeBytes: artifact.primary_blob_size_bytes,
    };
    const others = attachments.map(({ id, name, blob_digest, blob_size_bytes }): PulledFile => ({
      fileName: attachmentFileName(image.name, version.version, artifact, name),
      path: `${path}/attachments/${encodeURIComponent(id)}/download`,
      digest: blob_digest,
      sizeBytes: blob_size_bytes,
    }));
    return filter.attachments === false ? [root] : [root, ...others];
  });
  return withOwnNames(files, chosen.length);
}

function isChosen(artifact: Schemas['ArtifactResponse'], { os, arch, variant, format }: PullFilter): boolean {
  return (
    (os === undefined || artifact.operating_system === os) &&
    (arch === undefined || sameName(artifact.architecture) === sameName(arch)) &&
    (variant === undefined || artifact.variant === variant) &&
    (format === undefined || artifact.format === format)
  );
}

function sameName(architecture: string): string {
  return SAME_ARCHITECTURE[architecture] ?? architecture;
}

/** Artifacts of two operating systems can have one name. */
function withOwnNames(files: readonly PulledFile[], artifactCount: number): PulledFile[] {
  const names = new Set(files.map(({ fileName }) => fileName));
  if (names.size === files.length) return [...files];
  throw new CliError(
    'usage',
    `${artifactCount} artifacts would have the same file names.`,
    'Choose the operating system with --os.',
  );
}
