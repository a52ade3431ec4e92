import { constants, gunzipSync } from 'node:zlib';
import type { Container } from './container.js';
import { detectContainer } from './detect-container.js';

/** How much compressed data is looked at; deflate makes at most 1032 times as much of it. */
const PROBE_BYTES = 8 * 1024;
const MAX_OUTPUT_BYTES = PROBE_BYTES * 1040;
/** What qemu looks at to find out a format, and one tar header. */
const NEEDED_BYTES = 512;

export type GzipContent = { readonly inside: Container } | { readonly refusal: string };

/** Recognises what the first member of a gzip file holds, from a bounded piece of its beginning. */
export function readGzipContent(head: Buffer, sizeBytes: number): GzipContent {
  const start = decompressStart(head.subarray(0, PROBE_BYTES));
  if (start === undefined) return { refusal: 'The gzip data is damaged at its beginning.' };
  if (start.length < NEEDED_BYTES && sizeBytes > PROBE_BYTES) {
    return { refusal: `The first ${PROBE_BYTES} bytes of the gzip data hold no content to recognise.` };
  }
  return { inside: detectContainer(start) };
}

function decompressStart(compressed: Buffer): Buffer | undefined {
  try {
    return gunzipSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_OUTPUT_BYTES });
  } catch {
    return undefined;
  }
}
