import { STEP_BYTES, XZ_RESULT, XzDecoder } from '../../archives/liblzma/xz-decoder.js';
import { SectionBytes } from './delta-bytes.js';
import type { DeltaHeader } from './delta-header.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';

export const SECTION_KINDS = ['data', 'instructions', 'addresses'] as const;

export type SectionKind = (typeof SECTION_KINDS)[number];

/** Decompressed: twice the largest window. */
const LARGEST_SECTION_BYTES = 32 * 1024 * 1024;

/** Opens the sections of all windows of a delta. Each kind of section is one LZMA stream, which goes on from window to window. */
export class Sections {
  private readonly decoders = new Map<SectionKind, XzDecoder>();

  constructor(private readonly header: DeltaHeader) {}

  /** Throws UnsoundDeltaError. */
  open(kind: SectionKind, bytes: Buffer, isCompressed: boolean): SectionBytes {
    if (!isCompressed) {
      return new SectionBytes(bytes);
    }
    if (!this.header.hasLzma) {
      throw new UnsoundDeltaError('a section is compressed, and its header does not say how');
    }
    const compressed = new SectionBytes(bytes);
    const sizeBytes = compressed.integer();
    if (sizeBytes > LARGEST_SECTION_BYTES) {
      throw new UnsoundDeltaError('a section of it is too large');
    }
    const decoder = this.decoders.get(kind) ?? new XzDecoder();
    this.decoders.set(kind, decoder);
    return new SectionBytes(decompress(decoder, compressed.rest(), sizeBytes));
  }
}

function decompress(decoder: XzDecoder, compressed: Buffer, sizeBytes: number): Buffer {
  const parts: Uint8Array[] = [];
  let madeBytes = 0;
  for (let at = 0; at < compressed.length; at += STEP_BYTES) {
    decoder.feed(compressed.subarray(at, at + STEP_BYTES));
    for (;;) {
      const { result, bytes } = decoder.decode(false);
      // A step that has nothing left to do ends as `buffer`.
      if (result !== XZ_RESULT.ok && result !== XZ_RESULT.buffer) {
        throw new UnsoundDeltaError(damageOf(result));
      }
      parts.push(bytes);
      madeBytes += bytes.byteLength;
      if (madeBytes > sizeBytes) {
        throw new UnsoundDeltaError('a section of it is longer than it says');
      }
      if (decoder.isHungry && bytes.byteLength < STEP_BYTES) {
        break;
      }
      if (bytes.byteLength === 0) {
        throw new UnsoundDeltaError('the LZMA data of a section goes on after its end');
      }
    }
  }
  if (madeBytes < sizeBytes) {
    throw new UnsoundDeltaError('a section of it is shorter than it says');
  }
  return Buffer.concat(parts, sizeBytes);
}

function damageOf(result: number): string {
  return result === XZ_RESULT.memoryLimit
    ? 'it needs a dictionary of more than 64 MiB'
    : 'the LZMA data of a section is damaged';
}
