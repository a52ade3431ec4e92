/**
 * The checksum of bytes one after the other out of the checksums of both, as zlib's `crc32_combine_gen` does it: polynomials over
 * GF(2) modulo that of CRC-32, lowest power in the highest bit.
 */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
const X = 0x40000000;

/** The `shift` for `combineCrc32` of bytes of this length: x^(8 · length). */
export function crc32Shift(length: number): number {
  let power = multiply(multiply(X, X), multiply(X, X));
  power = multiply(power, power);
  let shift = ONE;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(power, shift);
    power = multiply(power, power);
  }
  return shift;
}

/** `shift` is that of the length of the later bytes. */
export function combineCrc32(earlier: number, later: number, shift: number): number {
  return (multiply(shift, earlier) ^ later) >>> 0;
}

function multiply(left: number, right: number): number {
  let product = 0;
  let factor = right;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((left & bit) !== 0) product ^= factor;
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}
