import { usageError } from '../cli.errors.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Such as `1.4 GiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1023.95 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(value < 99.95 ? 1 : 0)} ${UNITS[unit] ?? ''}`;
}

/** Such as `2 min 5 s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A time of the API, to the minute. */
export function timeText(rfc3339: string | undefined): string | undefined {
  return rfc3339?.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}).*$/, '$1 $2 UTC');
}

const DURATION_UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s`, `15m`, `12h`, `90d` in milliseconds; throws a usage error for anything else. */
export function readDuration(text: string, what: string): number {
  const [, count, unit = ''] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  const unitMs = DURATION_UNITS[unit];
  if (count === undefined || unitMs === undefined) {
    throw usageError(`${what} is ${text}, but should be a duration such as 30s, 15m, 12h or 90d.`);
  }
  return Number(count) * unitMs;
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `10GiB`, `500MiB` or plain bytes; throws a usage error for anything else. */
export function readBytes(text: string, what: string): number {
  const [, count, unit = ''] = /^(\d{1,15})(KiB|MiB|GiB|TiB|)$/.exec(text) ?? [];
  const bytes = Number(count) * (SIZE_UNITS[unit] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) {
    throw usageError(`${what} is ${text}, but should be a size such as 500MiB or 2TiB.`);
  }
  return bytes;
}

/** A whole number of at least `least`; throws a usage error for anything else. */
export function readCount(text: string, what: string, least = 1): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least))
    throw usageError(`${what} is ${text}, but should be a whole number of at least ${least}.`);
  return count;
}
