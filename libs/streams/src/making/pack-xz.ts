import { crc32 as crc32Of } from 'node:zlib';

/** `.xz` with a CRC-32 of the content. */
const STREAM_FLAGS = Buffer.from([0x00, 0x01]);
const HEADER_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const FOOTER_MAGIC = Buffer.from('YZ', 'latin1');
/** One filter, LZMA2 (0x21), with one byte of properties: a dictionary of 64 KiB. */
const BLOCK_HEADER = Buffer.from([0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00]);
const MAX_CHUNK_BYTES = 64 * 1024;

/**
 * An .xz file of the content as it is, in the chunks that LZMA2 has for what does not get smaller: few bytes need no
 * compressor, and no release of one ever gives others. Source: the .xz file format, 1.2.1.
 */
export function packXz(content: Buffer): Buffer {
  const header = Buffer.concat([HEADER_MAGIC, STREAM_FLAGS, crc32(STREAM_FLAGS)]);
  const data = lzma2Chunks(content);
  const blockHeader = Buffer.concat([BLOCK_HEADER, crc32(BLOCK_HEADER)]);
  const check = crc32(content);
  const unpaddedBytes = blockHeader.length + data.length + check.length;
  const index = toIndex(unpaddedBytes, content.length);
  return Buffer.concat([
    header,
    blockHeader,
    data,
    paddingFor(data.length),
    check,
    index,
    toFooter(index.length),
  ]);
}

function lzma2Chunks(content: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += MAX_CHUNK_BYTES) {
    const chunk = content.subarray(at, at + MAX_CHUNK_BYTES);
    // The first one resets the dictionary.
    const head = Buffer.from([at === 0 ? 0x01 : 0x02, 0, 0]);
    head.writeUInt16BE(chunk.length - 1, 1);
    chunks.push(head, chunk);
  }
  return Buffer.concat([...chunks, Buffer.from([0x00])]);
}

function toIndex(unpaddedBytes: number, contentBytes: number): Buffer {
  const records = Buffer.from([0x00, 0x01, ...toVarint(unpaddedBytes), ...toVarint(contentBytes)]);
  const padded = Buffer.concat([records, paddingFor(records.length)]);
  return Buffer.concat([padded, crc32(padded)]);
}

function toFooter(indexBytes: number): Buffer {
  const fields = Buffer.alloc(6);
  fields.writeUInt32LE(indexBytes / 4 - 1, 0);
  STREAM_FLAGS.copy(fields, 4);
  return Buffer.concat([crc32(fields), fields, FOOTER_MAGIC]);
}

/** Seven bits a byte, the lowest first. */
function toVarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...toVarint(value >>> 7)];
}

/** To a multiple of four. */
function paddingFor(bytes: number): Buffer {
  return Buffer.alloc((4 - (bytes % 4)) % 4);
}

/** As the file has it, the lowest byte first. */
function crc32(bytes: Buffer): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(crc32Of(bytes));
  return field;
}
