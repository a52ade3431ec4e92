import { crc32 } from 'node:zlib';

const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
/** No stream flags but a CRC32 check. */
const FLAGS = Buffer.from([0x00, 0x01]);
/** One filter, LZMA2 with a dictionary of 64 KiB; no sizes. */
const BLOCK_HEADER = Buffer.from([0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00]);
const LARGEST_CHUNK = 65_536;

/** An .xz file that keeps the bytes as they are; for tests. Source: the .xz file format 1.2.1. */
export function storeXz(bytes: Buffer): Buffer {
  const block = Buffer.concat([withCrc(BLOCK_HEADER), ...chunks(bytes), Buffer.from([0x00])]);
  const check = crcOf(bytes);
  const index = padded(
    Buffer.concat([
      Buffer.from([0x00, 0x01]),
      variableInteger(block.length + 4),
      variableInteger(bytes.length),
    ]),
  );
  const sizes = Buffer.alloc(6);
  sizes.writeUInt32LE((index.length + 4) / 4 - 1);
  FLAGS.copy(sizes, 4);
  return Buffer.concat([
    ...[MAGIC, FLAGS, crcOf(FLAGS), padded(block), check, withCrc(index)],
    ...[crcOf(sizes), sizes, Buffer.from('YZ')],
  ]);
}

/** LZMA2 chunks of uncompressed data; the first one also resets the dictionary. */
function* chunks(bytes: Buffer): Generator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += LARGEST_CHUNK) {
    const chunk = bytes.subarray(at, at + LARGEST_CHUNK);
    const header = Buffer.from([at === 0 ? 0x01 : 0x02, 0, 0]);
    header.writeUInt16BE(chunk.length - 1, 1);
    yield header;
    yield chunk;
  }
}

function variableInteger(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 0x80)) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 0x80) + 0x80);
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function withCrc(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, crcOf(bytes)]);
}

function crcOf(bytes: Buffer): Buffer {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(bytes));
  return crc;
}
