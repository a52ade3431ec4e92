import type { FormatName } from './recognise-file.js';

export const MEDIA_TYPES: Readonly<Record<FormatName, string>> = {
  qcow2: 'application/x-qemu-disk',
  raw: 'application/octet-stream',
  'raw.gz': 'application/gzip',
  squashfs: 'application/vnd.squashfs',
  'rootfs.tar.xz': 'application/x-xz',
  'incus.tar.gz': 'application/gzip',
};

/** Of an attachment, by its name. */
export function attachmentMediaType(name: string): string {
  if (name.endsWith('.xz')) return 'application/x-xz';
  if (name.endsWith('.gz')) return 'application/gzip';
  if (/\.(?:txt|md|log|sha256|sig|asc)$/.test(name)) return 'text/plain';
  return name.endsWith('.json') ? 'application/json' : 'application/octet-stream';
}
