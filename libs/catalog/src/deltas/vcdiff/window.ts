import type { DeltaBytes, SectionBytes } from './delta-bytes.js';
import { SECTION_KINDS, type SectionKind, type Sections } from './sections.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';

const OF_BASE = 1;
const OF_TARGET = 2;
const CHECKSUM = 4;

/** `XD3_HARDMAXWINSIZE`: xdelta3 refuses more. */
const LARGEST_WINDOW_BYTES = 16 * 1024 * 1024;
const LARGEST_ENCODING_BYTES = 2 * LARGEST_WINDOW_BYTES;

/** How one piece of the target is made. */
export interface DeltaWindow {
  /** Which bytes of the base it may copy. */
  readonly segment: { readonly offset: number; readonly lengthBytes: number };
  readonly targetBytes: number;
  readonly sections: Readonly<Record<SectionKind, SectionBytes>>;
  /** Adler-32 of the target, which xdelta3 refuses when it differs. */
  readonly checksum?: number;
}

/** Throws UnsoundDeltaError. */
export async function readWindow(
  bytes: DeltaBytes,
  baseBytes: number,
  sections: Sections,
): Promise<DeltaWindow> {
  const indicator = await bytes.byte();
  if ((indicator & OF_TARGET) !== 0) {
    throw new UnsoundDeltaError('it copies from what it has made before, which xdelta3 cannot do');
  }
  if ((indicator & ~(OF_BASE | CHECKSUM)) !== 0) {
    throw new UnsoundDeltaError('a window has marks that xdelta3 does not know');
  }
  const segment = await readSegment(bytes, (indicator & OF_BASE) !== 0, baseBytes);
  const encodingBytes = await bytes.integer();
  const targetBytes = await bytes.integer();
  if (targetBytes > LARGEST_WINDOW_BYTES || encodingBytes > LARGEST_ENCODING_BYTES) {
    throw new UnsoundDeltaError('a window of it is larger than the 16 MiB that xdelta3 takes');
  }
  if (targetBytes === 0) {
    throw new UnsoundDeltaError('a window of it makes nothing');
  }
  const compressed = await bytes.byte();
  const lengths = [await bytes.integer(), await bytes.integer(), await bytes.integer()];
  if (
    compressed > 7 ||
    encodingBytes !== encodingOf([targetBytes, ...lengths], (indicator & CHECKSUM) !== 0)
  ) {
    throw new UnsoundDeltaError('the lengths of its sections do not fit');
  }
  const checksum = (indicator & CHECKSUM) === 0 ? undefined : (await bytes.take(4)).readUInt32BE();
  const [data, instructions, addresses] = [
    await openSection(0),
    await openSection(1),
    await openSection(2),
  ] as const;
  return {
    segment,
    targetBytes,
    sections: { data, instructions, addresses },
    ...(checksum === undefined ? {} : { checksum }),
  };

  async function openSection(nr: 0 | 1 | 2): Promise<SectionBytes> {
    const section = await bytes.take(lengths[nr] ?? 0);
    return sections.open(SECTION_KINDS[nr], section, (compressed & (1 << nr)) !== 0);
  }
}

/** How long xdelta3 takes the encoding of a window to be: each number in as few bytes as it needs. */
function encodingOf(numbers: readonly [number, ...number[]], hasChecksum: boolean): number {
  const [, ...lengths] = numbers;
  const headerBytes = 1 + numbers.map(digitsOf).reduce((sum, digits) => sum + digits, 0);
  return headerBytes + lengths.reduce((sum, length) => sum + length, 0) + (hasChecksum ? 4 : 0);
}

function digitsOf(value: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7));
}

async function readSegment(
  bytes: DeltaBytes,
  hasSegment: boolean,
  baseBytes: number,
): Promise<DeltaWindow['segment']> {
  if (!hasSegment) {
    return { offset: 0, lengthBytes: 0 };
  }
  const lengthBytes = await bytes.integer();
  const offset = await bytes.integer();
  if (offset + lengthBytes > baseBytes) {
    throw new UnsoundDeltaError(
      `it copies from byte ${offset + lengthBytes} of its base, which has ${baseBytes}: it was made of another file`,
    );
  }
  return { offset, lengthBytes };
}
