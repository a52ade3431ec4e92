/**
 * The place that an entry of a table refers to: bits 9 to 55. Above 2^53, where no file ends, it is not exact.
 * Source: docs/interop/qcow2.rst of qemu.
 */
export function offsetOf(table: Buffer, at: number): number {
  return (table.readUInt32BE(at) & 0x00ffffff) * 2 ** 32 + ((table.readUInt32BE(at + 4) & 0xfffffe00) >>> 0);
}

/** Bit 63: nothing else refers to it, so that it may be written to. */
export function isCopied(table: Buffer, at: number): boolean {
  return table.readUInt8(at) >= 0x80;
}
