import { setImmediate } from 'node:timers/promises';
import { AddressCache } from './address-cache.js';
import { adler32 } from './adler32.js';
import type { BaseBytes } from './base-bytes.js';
import { CODE_TABLE, type Instruction } from './code-table.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';
import type { DeltaWindow } from './window.js';

/** Other work of the process gets its turn after so long. */
const TURN_MS = 5;
/** The clock is looked at after so many instructions. */
const INSTRUCTIONS_A_LOOK = 1024;

/** The piece of the target that a window makes. Throws UnsoundDeltaError, and what reading the base fails with. */
export async function fillWindow(
  { segment, targetBytes, sections, checksum }: DeltaWindow,
  base: BaseBytes,
  signal: AbortSignal,
): Promise<Buffer> {
  const { data, instructions, addresses } = sections;
  const target = Buffer.alloc(targetBytes);
  const cache = new AddressCache();
  let at = 0;
  let done = 0;
  let turnMs = performance.now();

  while (!instructions.isOver) {
    done += 1;
    if (done % INSTRUCTIONS_A_LOOK === 0 && performance.now() - turnMs > TURN_MS) {
      await setImmediate();
      signal.throwIfAborted();
      turnMs = performance.now();
    }
    for (const instruction of CODE_TABLE[instructions.byte()] ?? []) {
      const reading = execute(instruction);
      if (reading !== undefined) {
        await reading;
      }
    }
  }
  if (at !== targetBytes || !data.isOver || !addresses.isOver) {
    throw new UnsoundDeltaError('a window of it does not fit its sections');
  }
  if (checksum !== undefined && adler32(target) !== checksum) {
    throw new UnsoundDeltaError('it makes other bytes of its base than it says: it was made of another file');
  }
  return target;

  /** Gives a promise only where bytes have to be read. */
  function execute({ type, sizeBytes, mode }: Instruction): Promise<void> | undefined {
    const size = sizeBytes === 0 ? instructions.integer() : sizeBytes;
    if (size > targetBytes - at) {
      throw new UnsoundDeltaError('a window of it is longer than it says');
    }
    const end = at + size;
    switch (type) {
      case 'add':
        data.take(size).copy(target, at);
        break;
      case 'run':
        target.fill(data.byte(), at, end);
        break;
      case 'copy': {
        const address = cache.read(addresses, mode, segment.lengthBytes + at);
        if (address < segment.lengthBytes) {
          return copyFromBase(address, end);
        }
        copyWithin(address - segment.lengthBytes, end);
      }
    }
    at = end;
    return undefined;
  }

  function copyFromBase(address: number, end: number): Promise<void> | undefined {
    if (address + end - at > segment.lengthBytes) {
      throw new UnsoundDeltaError('it copies beyond the piece of the base that it names');
    }
    const offset = segment.offset + address - at;
    while (at < end) {
      const bytes = base.kept(offset + at);
      if (bytes === undefined) {
        return loadAndCopy(offset, end);
      }
      at += bytes.copy(target, at, 0, end - at);
    }
    return undefined;
  }

  async function loadAndCopy(offset: number, end: number): Promise<void> {
    while (at < end) {
      const bytes = base.kept(offset + at) ?? (await base.load(offset + at));
      at += bytes.copy(target, at, 0, end - at);
    }
  }

  /** What is copied may begin in what the copy itself writes: a pattern that goes on. */
  function copyWithin(from: number, end: number): void {
    for (let to = at; to < end;) {
      const length = Math.min(to - from, end - to);
      target.copyWithin(to, from, from + length);
      to += length;
    }
  }
}
