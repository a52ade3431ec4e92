import { XZ_DECODER_BASE64 } from './xz-decoder-module.js';

/** What `xz-decoder.c` exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  input_buffer(): number;
  output_buffer(): number;
  begin(memoryLimit: number): number;
  feed(length: number): void;
  unread(): number;
  decode(isLastInput: number): number;
  produced(): number;
}

/** As far as it is used; it is a global of Node, but not of its types. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
};

/** How many compressed bytes are taken at once, and the most that come out of one step. */
export const STEP_BYTES = 64 * 1024;

/** More than a dictionary of 64 MiB, the largest that the presets of xz use, and all that is needed beside it. */
const MEMORY_LIMIT_BYTES = 68 * 1024 * 1024;

/** `lzma_ret` of liblzma's `api/lzma/base.h`. */
export const XZ_RESULT = {
  ok: 0,
  streamEnd: 1,
  unsupportedCheck: 3,
  memoryLimit: 6,
  format: 7,
  options: 8,
  data: 9,
  buffer: 10,
} as const;

let compiled: object | undefined;

/**
 * liblzma's decoder of .xz files with every filter and check of the format, of one or more streams with padding. It can
 * do nothing but compute in a memory of its own of at most 160 MiB. Each step is bounded by STEP_BYTES in and out.
 */
export class XzDecoder {
  private readonly exports: Exports;

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(XZ_DECODER_BASE64, 'base64'));
    this.exports = new WebAssembly.Instance(compiled).exports;
    const result = this.exports.begin(MEMORY_LIMIT_BYTES);
    if (result !== XZ_RESULT.ok) throw new Error(`the xz decoder does not begin: ${result}`);
  }

  /** Whether all that was fed is used up. */
  get isHungry(): boolean {
    return this.exports.unread() === 0;
  }

  /** Takes at most STEP_BYTES, when it is hungry. */
  feed(compressed: Uint8Array): void {
    new Uint8Array(this.exports.memory.buffer, this.exports.input_buffer(), STEP_BYTES).set(compressed);
    this.exports.feed(compressed.byteLength);
  }

  /** One step. Anything but `ok` is the end: of the file, when it is `streamEnd`. */
  decode(isLastInput: boolean): { readonly result: number; readonly bytes: Uint8Array } {
    const result = this.exports.decode(isLastInput ? 1 : 0);
    const start = this.exports.output_buffer();
    return {
      result,
      bytes: new Uint8Array(this.exports.memory.buffer).slice(start, start + this.exports.produced()),
    };
  }
}
