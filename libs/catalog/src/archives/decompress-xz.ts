import { setImmediate } from 'node:timers/promises';
import { STEP_BYTES, XZ_RESULT, XzDecoder } from './liblzma/xz-decoder.js';
import { UnsoundArchiveError } from './unsound-archive.error.js';

/** Other work of the process gets its turn after so long. */
const TURN_MS = 5;

const REASONS: ReadonlyMap<number, string> = new Map([
  [XZ_RESULT.unsupportedCheck, 'it uses an integrity check that does not exist'],
  [
    XZ_RESULT.memoryLimit,
    'its dictionary is larger than 64 MiB; compress it with a preset of xz, such as xz -9',
  ],
  [XZ_RESULT.format, 'it is no xz data'],
  [XZ_RESULT.options, 'it uses an xz filter that does not exist'],
  [XZ_RESULT.data, 'its data is damaged, or something that is no xz data follows its end'],
  [XZ_RESULT.buffer, 'it is cut off, or something that is no xz data follows its end'],
]);

/**
 * Decompresses an .xz file piece by piece to its very end, with the verdict of `xz -t` but for dictionaries larger than
 * 64 MiB; stop reading at any time. Memory is below 100 MiB, whatever the headers claim, and a piece is at most 64 KiB.
 * `onCompressed` is told of every chunk before it is decompressed, and what it throws ends the reading. Rejects with
 * UnsoundArchiveError for damaged data, and with the error of `body` when reading that failed.
 */
export async function* decompressXz(
  body: AsyncIterable<Uint8Array>,
  onCompressed: (chunk: Uint8Array) => void = () => undefined,
): AsyncGenerator<Uint8Array, void> {
  const decoder = new XzDecoder();
  const turns = new Turns();
  let result: number = XZ_RESULT.ok;
  for await (const chunk of body) {
    onCompressed(chunk);
    for (let at = 0; at < chunk.byteLength; at += STEP_BYTES) {
      decoder.feed(chunk.subarray(at, at + STEP_BYTES));
      while (!decoder.isHungry) {
        const step = decoder.decode(false);
        if (step.bytes.byteLength > 0) yield step.bytes;
        refuseUnless(step.result === XZ_RESULT.ok, step.result);
        await turns.pass();
      }
    }
  }
  while (result === XZ_RESULT.ok) {
    const step = decoder.decode(true);
    if (step.bytes.byteLength > 0) yield step.bytes;
    result = step.result;
    await turns.pass();
  }
  refuseUnless(result === XZ_RESULT.streamEnd, result);
}

function refuseUnless(isFine: boolean, result: number): void {
  if (isFine) return;
  const reason = REASONS.get(result);
  // What is left is our own mistake, or a machine without memory: nothing that a publisher could mend.
  if (reason === undefined) throw new Error(`the xz decoder failed: ${result}`);
  throw new UnsoundArchiveError(`The archive cannot be read: ${reason}.`);
}

/** Decoding never waits, so it has to let go by itself. */
class Turns {
  private lastMs = performance.now();

  async pass(): Promise<void> {
    if (performance.now() - this.lastMs < TURN_MS) return;
    await setImmediate();
    this.lastMs = performance.now();
  }
}
