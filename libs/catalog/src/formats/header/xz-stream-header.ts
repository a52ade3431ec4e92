import { crc32 } from 'node:zlib';

const STREAM_HEADER_BYTES = 12;
/** No check, CRC32, CRC64 and SHA-256: all that the format defines. */
const CHECKS = new Set([0x00, 0x01, 0x04, 0x0a]);

/** Why a file that begins with the xz magic is no .xz file. Source: the .xz file format 1.2.1, section 2.1.1. */
export function findXzRefusal(head: Buffer): string | undefined {
  if (head.length < STREAM_HEADER_BYTES) return 'The xz header is truncated.';
  if (head.readUInt8(6) !== 0 || !CHECKS.has(head.readUInt8(7))) {
    return 'The xz header asks for an integrity check that does not exist.';
  }
  return crc32(head.subarray(6, 8)) === head.readUInt32LE(8) ? undefined : 'The xz header is damaged.';
}
