import type { Connection } from '@imgsrv/platform';
import { VersionNotFoundError, VersionNotPublishedError } from '../catalog.errors.js';
import type { ImageId, VersionName } from '../names/names.js';
import { findVersion } from './version.repository.js';
import type { Version } from './version.js';

/** Throws VersionNotPublishedError. */
export function requirePublished(version: Version): Version {
  if (version.state !== 'published') {
    throw new VersionNotPublishedError(version.state);
  }
  return version;
}

/** The published version of this name. Throws VersionNotFoundError and VersionNotPublishedError. */
export async function getPublished(
  connection: Connection,
  imageId: ImageId,
  name: VersionName,
): Promise<Version> {
  const version = await findVersion(connection, imageId, name);
  if (version === undefined) {
    throw new VersionNotFoundError();
  }
  return requirePublished(version);
}
