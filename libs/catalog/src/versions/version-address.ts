import { IMAGE_NAME, type ImageName, VERSION_NAME, type VersionName } from '../names/names.js';

/** Which version of which image. */
export interface VersionAddress {
  readonly image: ImageName;
  readonly version: VersionName;
}

/** Throws InvalidNameError. */
export function parseVersionAddress(image: string, version: string): VersionAddress {
  return { image: IMAGE_NAME.parse(image), version: VERSION_NAME.parse(version) };
}
