import { InvalidDeltaError } from '../catalog.errors.js';
import type { FormatName } from '../formats/image-formats.js';

/**
 * The attachment that makes an artifact of a format out of that of an earlier version: a VCDIFF (RFC 3284). Incus and
 * LXD know it by this name, of these formats only.
 */
export const DELTA_ATTACHMENTS = {
  squashfs: 'squashfs.vcdiff',
  qcow2: 'disk-kvm.img.vcdiff',
} as const satisfies Partial<Record<FormatName, string>>;

export type DeltaFormat = keyof typeof DELTA_ATTACHMENTS;

export function isDeltaFormat(format: FormatName): format is DeltaFormat {
  return Object.hasOwn(DELTA_ATTACHMENTS, format);
}

/** The format whose artifacts such an attachment makes, or undefined when it is no delta. */
export function findDeltaFormat(attachment: string): DeltaFormat | undefined {
  return DELTA_FORMATS.find((format) => DELTA_ATTACHMENTS[format] === attachment);
}

const DELTA_FORMATS = Object.keys(DELTA_ATTACHMENTS) as readonly DeltaFormat[];

/** Throws InvalidDeltaError for a delta without a base, and for anything else that has one. */
export function requireBaseOfDelta({
  name,
  baseVersion,
}: {
  readonly name: string;
  readonly baseVersion?: string;
}): void {
  const isDelta = findDeltaFormat(name) !== undefined;
  if (isDelta && baseVersion === undefined) {
    throw new InvalidDeltaError(
      `The attachment ${name} is a delta. Say as base_version the version that it is to be applied to.`,
    );
  }
  if (!isDelta && baseVersion !== undefined) {
    const names = Object.values(DELTA_ATTACHMENTS).join(' and ');
    throw new InvalidDeltaError(`Only ${names} have a base_version, not ${name}.`);
  }
}

/** Throws InvalidDeltaError for a delta that makes artifacts of another format than its own artifact has. */
export function refuseOtherFormat(
  { format }: { readonly format: FormatName },
  { name }: { readonly name: string },
): void {
  const made = findDeltaFormat(name);
  if (made !== undefined && made !== format) {
    throw new InvalidDeltaError(`The attachment ${name} makes artifacts of ${made}, not of ${format}.`);
  }
}
