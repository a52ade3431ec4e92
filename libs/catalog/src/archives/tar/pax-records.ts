import { damagedTar } from '../unsound-archive.error.js';

const SPACE = 0x20;
const NEWLINE = 0x0a;
/** No record is longer than its header, which has at most seven digits. */
const LONGEST_LENGTH = 7;

/**
 * Reads the records `<length> <key>=<value>\n` of an extended header; the last of a key counts. Throws
 * UnsoundArchiveError. Source: pax in POSIX.1-2017, "pax Extended Header".
 */
export function readPaxRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.length;) {
    const space = bytes.subarray(start, start + LONGEST_LENGTH + 1).indexOf(SPACE);
    const digits = bytes.toString('latin1', start, start + Math.max(space, 0));
    const end = start + (/^[1-9][0-9]*$/.test(digits) ? Number.parseInt(digits, 10) : Number.NaN);
    const keyStart = start + space + 1;
    const equals = bytes.subarray(keyStart, end).indexOf('=');
    if (!(end > keyStart && end <= bytes.length) || bytes[end - 1] !== NEWLINE || equals < 1) {
      throw damagedTar('an extended header is damaged');
    }
    records.set(
      bytes.toString('utf8', keyStart, keyStart + equals),
      bytes.toString('utf8', keyStart + equals + 1, end - 1),
    );
    start = end;
  }
  return records;
}
