import type { ImageFormat } from './image-format.js';
import { incusTarGz } from './incus-tar-gz.js';
import { qcow2 } from './qcow2.js';
import { rawGz } from './raw-gz.js';
import { raw } from './raw.js';
import { rootfsTarXz } from './rootfs-tar-xz.js';
import { squashfs } from './squashfs.js';

/** Every format an artifact can have. A new one is one file beside this one and one line here. */
export const IMAGE_FORMATS = [qcow2, raw, rawGz, squashfs, rootfsTarXz, incusTarGz] as const;

export type FormatName = (typeof IMAGE_FORMATS)[number]['name'];

export const FORMAT_NAMES: readonly FormatName[] = IMAGE_FORMATS.map(({ name }) => name);

const BY_NAME: ReadonlyMap<FormatName, ImageFormat> = new Map(
  IMAGE_FORMATS.map((format) => [format.name, format]),
);

/** The format of that name. Throws a `RangeError` for a name that is none, which only unchecked input can be. */
export function getFormat(name: FormatName): ImageFormat {
  const format = BY_NAME.get(name);
  if (format === undefined) throw new RangeError(`No image format is called ${name}.`);
  return format;
}
