/** Half of what V8 lets buffers add up to before it collects everything. */
const COLLECT_EVERY_BYTES = 16 * 2 ** 20;

type Collect = (options: { readonly type: 'minor' }) => void;

let passedBytes = 0;

/**
 * To be told of bytes that Node brings in buffers of its own and that are not kept. Such buffers are garbage at once, but hardly take
 * space among the objects by which V8 decides to collect the young ones; so they add up until it goes through the whole heap, some
 * thirty times per GiB, which takes as much of the processor as all else that an upload does. Collecting the young ones in time takes
 * half a millisecond. Does nothing in a process without `--expose-gc`.
 */
export function countPassingBytes(sizeBytes: number): void {
  passedBytes += sizeBytes;
  if (passedBytes >= COLLECT_EVERY_BYTES) {
    passedBytes = 0;
    const { gc } = globalThis as { readonly gc?: Collect };
    gc?.({ type: 'minor' });
  }
}
