import type { DeltaBytes } from './delta-bytes.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';

/** `VCD` with the upper bit of each letter set, and version 0. */
const MAGIC = Buffer.from([0xd6, 0xc3, 0xc4, 0x00]);

const SECONDARY_COMPRESSION = 1;
const OWN_CODE_TABLE = 2;
const APPLICATION_HEADER = 4;

/** As xdelta3 numbers them: the RFC has none. */
const LZMA = 2;
const OTHER_COMPRESSIONS: ReadonlyMap<number, string> = new Map([
  [1, 'djw'],
  [16, 'fgk'],
]);

const LONGEST_APPLICATION_HEADER = 4096;

export interface DeltaHeader {
  /** Whether sections can be compressed. */
  readonly hasLzma: boolean;
}

/** Throws UnsoundDeltaError. */
export async function readDeltaHeader(bytes: DeltaBytes): Promise<DeltaHeader> {
  for (const expected of MAGIC) {
    if ((await bytes.isOver()) || (await bytes.byte()) !== expected) {
      throw new UnsoundDeltaError('it is no VCDIFF as xdelta3 makes it');
    }
  }
  const indicator = await bytes.byte();
  if ((indicator & ~(SECONDARY_COMPRESSION | APPLICATION_HEADER)) !== 0) {
    throw new UnsoundDeltaError(
      (indicator & OWN_CODE_TABLE) === 0
        ? 'its header has marks that xdelta3 does not know'
        : 'it has a code table of its own, which xdelta3 does not read',
    );
  }
  const compression = (indicator & SECONDARY_COMPRESSION) === 0 ? undefined : await bytes.byte();
  if (compression !== undefined && compression !== LZMA) {
    const name = OTHER_COMPRESSIONS.get(compression) ?? `number ${compression}`;
    throw new UnsoundDeltaError(
      `it is compressed with ${name}; make it with xdelta3 -S lzma or with -S none`,
    );
  }
  if ((indicator & APPLICATION_HEADER) !== 0) {
    await passApplicationHeader(bytes);
  }
  return { hasLzma: compression === LZMA };
}

/**
 * `name/compression/name/compression`, of what is made and of the base. xdelta3 compresses what it makes with the program
 * that is named there, and clients would get other bytes than are checked here; more parts made older releases write
 * beyond their memory (CVE-2014-9765).
 */
async function passApplicationHeader(bytes: DeltaBytes): Promise<void> {
  const lengthBytes = await bytes.integer();
  if (lengthBytes > LONGEST_APPLICATION_HEADER) {
    throw new UnsoundDeltaError('its application header is too long');
  }
  const parts = (await bytes.take(lengthBytes)).toString('latin1').split('/');
  const [, ofTarget = '', , ofBase = ''] = parts;
  if (parts.length > 4 || ofTarget !== '' || ofBase !== '') {
    throw new UnsoundDeltaError('its application header names compressed files; make it with xdelta3 -D -A=');
  }
}
