import type { Container } from './header/container.js';
import { detectContainer } from './header/detect-container.js';
import { readGzipContent } from './header/gzip-content.js';
import type { HeaderFacts } from './header/header-facts.js';
import { readQcow2Header } from './header/qcow2-header.js';
import { readSquashfsSuperblock } from './header/squashfs-superblock.js';
import { findXzRefusal } from './header/xz-stream-header.js';

/** How many leading bytes of a blob an inspection looks at. */
export const HEADER_BYTES = 64 * 1024;

/** What a blob's first bytes say of it: plain data, stored with the blob and judged again at publish. */
export interface HeaderInspection {
  readonly detected: Container;
  /** For gzip: what the decompressed bytes begin with. */
  readonly insideGzip?: Container;
  /** The size of the disk a guest would see, where the header tells; of unknown bytes, taken as a raw disk. */
  readonly virtualSizeBytes?: number;
  /** Why the bytes are no acceptable `detected`: one sentence for the publisher. */
  readonly refusal?: string;
}

/**
 * Inspects the beginning of a blob of `sizeBytes` bytes. `head` is its first `HEADER_BYTES` bytes, or all of a
 * shorter blob. Pure and total: no input makes it throw, and its time and memory are bounded by `HEADER_BYTES`.
 */
export function inspectHeader(head: Buffer, sizeBytes: number): HeaderInspection {
  const bytes = head.subarray(0, HEADER_BYTES);
  const detected = detectContainer(bytes);
  switch (detected) {
    case 'qcow2':
      return { detected, ...inspectQcow2(bytes, sizeBytes) };
    case 'squashfs':
      return { detected, ...readSquashfsSuperblock(bytes, sizeBytes) };
    case 'xz':
      return withRefusal(detected, findXzRefusal(bytes));
    case 'gzip':
      return inspectGzip(bytes, sizeBytes);
    case 'unknown':
    case 'iso9660':
      return { detected, virtualSizeBytes: sizeBytes };
    default:
      return { detected };
  }
}

function inspectQcow2(bytes: Buffer, sizeBytes: number): HeaderFacts {
  const header = readQcow2Header(bytes, sizeBytes <= bytes.length);
  return typeof header === 'string' ? { refusal: header } : { virtualSizeBytes: header.virtualSizeBytes };
}

function inspectGzip(bytes: Buffer, sizeBytes: number): HeaderInspection {
  const content = readGzipContent(bytes, sizeBytes);
  if ('refusal' in content) return { detected: 'gzip', refusal: content.refusal };
  return { detected: 'gzip', insideGzip: content.inside };
}

function withRefusal(detected: Container, refusal: string | undefined): HeaderInspection {
  return refusal === undefined ? { detected } : { detected, refusal };
}
