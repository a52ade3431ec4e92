import { damagedTar } from '../unsound-archive.error.js';

export const BLOCK_BYTES = 512;

/** What one header block of a tar archive says of what follows it. */
export interface TarHeader {
  readonly name: string;
  /** One character, as in the table of POSIX and of GNU tar's manual; of old archives NUL, a regular file. */
  readonly typeflag: string;
  readonly sizeBytes: number;
  /** Whether maps of GNU tar's old sparse format follow, before the content. */
  readonly isExtended: boolean;
}

const CHECKSUM_START = 148;
const CHECKSUM_END = 156;
const EXTENDED_OFFSET = 482;

/**
 * Reads a header block. Throws UnsoundArchiveError when its checksum is wrong or its size is no safe integer.
 *
 * Source: pax in POSIX.1-2017, `src/tar.h` of GNU tar, and `archive/tar` of Go, with which Incus and LXD read.
 */
export function readTarHeader(block: Buffer): TarHeader {
  if (!isChecksumRight(block)) throw damagedTar('the checksum of a header is wrong');
  const sizeBytes = readNumber(block.subarray(124, 136));
  if (sizeBytes === undefined) throw damagedTar('the size of a file is no number that can be');
  const magic = block.toString('latin1', 257, 263);
  const name = readText(block.subarray(0, 100));
  const prefix = magic === 'ustar\0' ? readText(block.subarray(345, 500)) : '';
  const typeflag = block.toString('latin1', 156, 157);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    typeflag,
    sizeBytes,
    isExtended: typeflag === 'S' && block.readUInt8(EXTENDED_OFFSET) !== 0,
  };
}

/** Some old programs summed signed bytes; both are told apart from chance. */
function isChecksumRight(block: Buffer): boolean {
  const recorded = readNumber(block.subarray(CHECKSUM_START, CHECKSUM_END));
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const byte = at >= CHECKSUM_START && at < CHECKSUM_END ? 0x20 : block.readUInt8(at);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return recorded === unsigned || recorded === signed;
}

function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

/** Octal digits between blanks, or big-endian binary when the first bit is set; undefined when it is neither. */
function readNumber(field: Buffer): number | undefined {
  if (field.readUInt8(0) >= 0x80) return readBinary(field);
  const text = /^[ \0]*([0-7]*)(?:[ \0]|$)/.exec(field.toString('latin1'))?.[1];
  return text === undefined ? undefined : Number.parseInt(text === '' ? '0' : text, 8);
}

function readBinary(field: Buffer): number | undefined {
  const first = field.readUInt8(0);
  const isNegative = (first & 0x40) !== 0;
  let value = first & 0x3f;
  for (const byte of field.subarray(1)) value = value * 0x100 + byte;
  return isNegative || !Number.isSafeInteger(value) ? undefined : value;
}
