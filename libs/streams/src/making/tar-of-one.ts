const BLOCK_BYTES = 512;

/** Where the fields of a header lie (POSIX.1-1988, ustar). */
const FIELDS = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  type: 156,
  magic: 257,
};

/** A tar archive with one file, owned by root and readable by all. `name`: at most 100 bytes of ASCII. */
export function tarOfOne(name: string, content: Buffer, modifiedAtSeconds: number): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, FIELDS.name, 'latin1');
  header.write('0000644\0', FIELDS.mode, 'latin1');
  header.write('0000000\0', FIELDS.uid, 'latin1');
  header.write('0000000\0', FIELDS.gid, 'latin1');
  header.write(octal(content.length), FIELDS.size, 'latin1');
  header.write(octal(modifiedAtSeconds), FIELDS.mtime, 'latin1');
  // While it is computed the checksum counts as blanks.
  header.write(' '.repeat(8), FIELDS.checksum, 'latin1');
  header.write('0', FIELDS.type, 'latin1');
  header.write('ustar\x0000', FIELDS.magic, 'latin1');
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, FIELDS.checksum, 'latin1');
  const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}
