const END = 0;

const REFUSED_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [
    0xe2792aca,
    'The qcow2 image names a backing file format; flatten it first, for example with qemu-img convert.',
  ],
  [0x44415441, 'The qcow2 image names an external data file; only self-contained images are accepted.'],
  [0x0537be77, 'The qcow2 image has an encryption header.'],
]);

const BITMAPS = 0x23852875;
const BITMAPS_BYTES = 24;
const MOST_BITMAPS = 65_535;
const LARGEST_DIRECTORY_BYTES = 1024n * 65_535n;

/** Where the list of the bitmaps is that an image keeps for backups. */
export interface BitmapsExtension {
  readonly count: number;
  readonly directoryOffset: number;
  readonly directoryBytes: number;
}

export interface ExtensionArea {
  /** Where the header ends. */
  readonly start: number;
  /** Where the first cluster ends: no extension reaches beyond it. */
  readonly end: number;
  /** Whether the bytes at hand are the whole file, which then continues as zeros. */
  readonly isWholeFile: boolean;
  /** Whether the feature bit says that the bitmaps are valid; else they are passed over. */
  readonly hasBitmaps: boolean;
}

/**
 * Walks the header extensions of a qcow2 file as qemu does: up to the end marker or the end of the first cluster.
 * An area that cannot be followed to its end is refused, since an extension behind it would go unseen. A refusal is one
 * sentence for the publisher.
 */
export function readExtensions(
  head: Buffer,
  area: ExtensionArea,
): { readonly bitmaps?: BitmapsExtension } | string {
  let found: { readonly bitmaps?: BitmapsExtension } = {};
  const at = Buffer.alloc(8 + BITMAPS_BYTES);
  let offset = area.start;
  while (offset < area.end) {
    if (offset + 8 > head.length && !area.isWholeFile) return behindHead(head);
    at.fill(0);
    head.copy(at, 0, Math.min(offset, head.length));
    const type = at.readUInt32BE(0);
    const lengthBytes = at.readUInt32BE(4);
    offset += 8;
    if (offset > area.end || lengthBytes > area.end - offset) return 'A qcow2 header extension is too long.';
    if (type === END) return found;
    const refusal = REFUSED_EXTENSIONS.get(type);
    if (refusal !== undefined) return refusal;
    if (type === BITMAPS) {
      if (offset + BITMAPS_BYTES > head.length && !area.isWholeFile) return behindHead(head);
      const bitmaps = readBitmaps(at.subarray(8), lengthBytes, area);
      if (bitmaps === undefined) return 'The qcow2 bitmaps extension is damaged.';
      if (area.hasBitmaps) found = { bitmaps };
    }
    offset += Math.ceil(lengthBytes / 8) * 8;
  }
  return found;
}

function behindHead(head: Buffer): string {
  return `The qcow2 header extensions go on after the first ${head.length} bytes.`;
}

function readBitmaps(
  bytes: Buffer,
  lengthBytes: number,
  { end, hasBitmaps }: ExtensionArea,
): BitmapsExtension | undefined {
  const count = bytes.readUInt32BE(0);
  const directoryBytes = bytes.readBigUInt64BE(8);
  const directoryOffset = bytes.readBigUInt64BE(16);
  const isSound =
    count > 0 &&
    count <= MOST_BITMAPS &&
    bytes.readUInt32BE(4) === 0 &&
    directoryBytes <= LARGEST_DIRECTORY_BYTES &&
    directoryOffset % BigInt(end) === 0n;
  if (lengthBytes !== BITMAPS_BYTES || (hasBitmaps && !isSound)) return undefined;
  return { count, directoryBytes: Number(directoryBytes), directoryOffset: Number(directoryOffset) };
}
