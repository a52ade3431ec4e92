const END = 0;

const REFUSED_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [
    0xe2792aca,
    'The qcow2 image names a backing file format; flatten it first, for example with qemu-img convert.',
  ],
  [0x44415441, 'The qcow2 image names an external data file; only self-contained images are accepted.'],
  [0x0537be77, 'The qcow2 image has an encryption header.'],
]);

export interface ExtensionArea {
  /** Where the header ends. */
  readonly start: number;
  /** Where the first cluster ends: no extension reaches beyond it. */
  readonly end: number;
  /** Whether the bytes at hand are the whole file, which then continues as zeros. */
  readonly isWholeFile: boolean;
}

/**
 * Walks the header extensions of a qcow2 file as qemu does: up to the end marker or the end of the first cluster.
 * An area that cannot be followed to its end is refused, since an extension behind it would go unseen.
 */
export function findExtensionRefusal(head: Buffer, area: ExtensionArea): string | undefined {
  const at = Buffer.alloc(8);
  let offset = area.start;
  while (offset < area.end) {
    if (offset + 8 > head.length && !area.isWholeFile) {
      return `The qcow2 header extensions go on after the first ${head.length} bytes.`;
    }
    at.fill(0);
    head.copy(at, 0, Math.min(offset, head.length));
    const type = at.readUInt32BE(0);
    const lengthBytes = at.readUInt32BE(4);
    offset += 8;
    if (offset > area.end || lengthBytes > area.end - offset) return 'A qcow2 header extension is too long.';
    if (type === END) return undefined;
    const refusal = REFUSED_EXTENSIONS.get(type);
    if (refusal !== undefined) return refusal;
    offset += Math.ceil(lengthBytes / 8) * 8;
  }
  return undefined;
}
