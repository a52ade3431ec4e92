const LARGEST_PRIME = 65_521;
/** So many bytes can be added up before a sum is no 32-bit number any more. */
const BYTES_A_ROUND = 5552;

/** The checksum of RFC 1950. */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let at = 0; at < bytes.length;) {
    for (const end = Math.min(at + BYTES_A_ROUND, bytes.length); at < end; at += 1) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= LARGEST_PRIME;
    high %= LARGEST_PRIME;
  }
  return high * 65_536 + low;
}
