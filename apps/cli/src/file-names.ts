import type { Schemas } from '@imgsrv/client';
import { CliError } from './cli.errors.js';

type Artifact = Schemas['ArtifactResponse'];

/** Names that a server may give; anything else, such as `..` or `a/b`, never becomes the name of a file. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$/;

/** Without its ending: what the files of one artifact have in common. */
function artifactStem(image: string, version: string, { architecture, variant }: Artifact): string {
  const words = [image, version, architecture, ...(variant === 'default' ? [] : [variant])];
  return words.map(requireSafe).join('-');
}

/** Such as `debian-12.1-amd64.qcow2`. */
export function artifactFileName(image: string, version: string, artifact: Artifact): string {
  return `${artifactStem(image, version, artifact)}.${requireSafe(artifact.format)}`;
}

/** Such as `debian-12.1-amd64.qcow2.incus.tar.xz`: roots of one system can have metadata that differ. */
export function attachmentFileName(image: string, version: string, artifact: Artifact, name: string): string {
  return `${artifactFileName(image, version, artifact)}.${requireSafe(name)}`;
}

function requireSafe(name: string): string {
  if (!SAFE.test(name))
    throw new CliError('failure', `The server uses a name that no file can have: ${JSON.stringify(name)}.`);
  return name;
}
