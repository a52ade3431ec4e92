import type { ContentSource } from '../../formats/content-check.js';
import { BaseBytes } from './base-bytes.js';
import { DeltaBytes } from './delta-bytes.js';
import { fillWindow } from './fill-window.js';
import { readDeltaHeader } from './delta-header.js';
import { Sections } from './sections.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';
import { readWindow } from './window.js';

/**
 * What a VCDIFF (RFC 3284) makes of its base, window by window, never more than `maxBytes`. It takes what xdelta3 would, which is
 * what Incus and LXD run, and nothing that xdelta3 would read in another way. Memory is bounded by `BaseBytes`, one window of 16 MiB with its sections and
 * the dictionaries of three decoders; reading by eight times the base. Rejects with UnsoundDeltaError for anything
 * else, and with the error of a source that fails.
 */
export async function* applyDelta(
  delta: ContentSource,
  base: ContentSource,
  maxBytes: number,
): AsyncGenerator<Buffer, void> {
  if (delta.sizeBytes === 0) {
    throw new UnsoundDeltaError('it is empty');
  }
  const body = await delta.open();
  try {
    const bytes = new DeltaBytes(body as AsyncIterable<Buffer>);
    const sections = new Sections(await readDeltaHeader(bytes));
    const baseBytes = new BaseBytes(base);
    let leftBytes = maxBytes;
    while (!(await bytes.isOver())) {
      const window = await readWindow(bytes, base.sizeBytes, sections);
      leftBytes -= window.targetBytes;
      if (leftBytes < 0) {
        throw new UnsoundDeltaError(`it makes more than the ${maxBytes} bytes of its artifact`);
      }
      yield await fillWindow(window, baseBytes, delta.signal);
    }
    if (leftBytes === maxBytes) {
      throw new UnsoundDeltaError('it makes nothing');
    }
  } finally {
    body.destroy();
  }
}
