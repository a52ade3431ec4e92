import { UnsoundDeltaError } from './unsound-delta.error.js';

const CUT_OFF = 'it is cut off';
/** Digits of seven bits: 49 of them hold what any file is large, and a number is exact. */
const LONGEST_INTEGER = 7;

/** The bytes of a delta in their order, as they come. */
export class DeltaBytes {
  private readonly chunks: AsyncIterator<Buffer>;
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;

  constructor(body: AsyncIterable<Buffer>) {
    this.chunks = body[Symbol.asyncIterator]();
  }

  async isOver(): Promise<boolean> {
    while (this.at === this.chunk.length) {
      const next: IteratorResult<Buffer, unknown> = await this.chunks.next();
      if (next.done === true) {
        return true;
      }
      this.chunk = next.value;
      this.at = 0;
    }
    return false;
  }

  async byte(): Promise<number> {
    if (await this.isOver()) {
      throw new UnsoundDeltaError(CUT_OFF);
    }
    const byte = this.chunk.readUInt8(this.at);
    this.at += 1;
    return byte;
  }

  async integer(): Promise<number> {
    let value = 0;
    for (let digits = 0; digits < LONGEST_INTEGER; digits += 1) {
      const byte = await this.byte();
      value = value * 128 + (byte & 127);
      if (byte < 128) {
        return value;
      }
    }
    throw new UnsoundDeltaError('it has a number that is too large');
  }

  /** The caller bounds `lengthBytes`. */
  async take(lengthBytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missingBytes = lengthBytes;
    while (missingBytes > 0) {
      if (await this.isOver()) {
        throw new UnsoundDeltaError(CUT_OFF);
      }
      const part = this.chunk.subarray(this.at, this.at + missingBytes);
      parts.push(part);
      this.at += part.length;
      missingBytes -= part.length;
    }
    return Buffer.concat(parts, lengthBytes);
  }
}

/** The bytes of one section of a window. */
export class SectionBytes {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isOver(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) {
      throw new UnsoundDeltaError('a section of it is too short');
    }
    this.at += 1;
    return byte;
  }

  integer(): number {
    let value = 0;
    for (let digits = 0; digits < LONGEST_INTEGER; digits += 1) {
      const byte = this.byte();
      value = value * 128 + (byte & 127);
      if (byte < 128) {
        return value;
      }
    }
    throw new UnsoundDeltaError('it has a number that is too large');
  }

  take(lengthBytes: number): Buffer {
    if (lengthBytes > this.bytes.length - this.at) {
      throw new UnsoundDeltaError('a section of it is too short');
    }
    const taken = this.bytes.subarray(this.at, this.at + lengthBytes);
    this.at += lengthBytes;
    return taken;
  }

  /** What is left. */
  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
}
