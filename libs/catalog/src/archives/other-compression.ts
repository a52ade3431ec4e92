import { describeContainer, type Container } from '../formats/header/container.js';
import { detectContainer } from '../formats/header/detect-container.js';

/** How much of the beginning of a file tells how it is compressed. */
export const COMPRESSION_HEAD_BYTES = 512;

/** What writes the archive inside to its output. */
const DECOMPRESS: Partial<Record<Container, string>> = {
  bzip2: 'bzip2 -dc OLD',
  gzip: 'gzip -dc OLD',
  lz4: 'lz4 -dc OLD',
  tar: 'cat OLD',
  zstd: 'zstd -dc OLD',
};

/**
 * What a file is that was to be an .xz file, and the command that makes it one; undefined when it is nothing known.
 * `head` is its first COMPRESSION_HEAD_BYTES bytes.
 */
export function describeOtherCompression(head: Buffer): string | undefined {
  const container = detectContainer(head);
  const what = isLzma(head) ? 'lzma data' : describeContainer(container);
  const command = isLzma(head) ? 'xz --format=lzma -dc OLD' : DECOMPRESS[container];
  return command && `The archive is ${what}, not xz data. Recompress it: ${command} | xz > NEW.`;
}

/** The .lzma format has no magic: the usual properties, a size of dictionary as programs choose it, and no size or a likely one. */
function isLzma(head: Buffer): boolean {
  if (head.length < 13 || head.readUInt8(0) !== 0x5d) return false;
  const dictionary = head.readUInt32LE(1);
  const isUsual = dictionary >= 4096 && Number.isInteger(Math.log2(dictionary));
  const size = head.readBigUInt64LE(5);
  return isUsual && (size === 2n ** 64n - 1n || size < 2n ** 38n);
}
