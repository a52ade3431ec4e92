const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * The instant of an RFC 3339 date-time, to the millisecond; undefined for any other text. `Date.parse` alone would
 * accept much else and move the 31st of February into March. Leap seconds are refused.
 */
export function parseRfc3339(text: string): Date | undefined {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined || Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) {
    return undefined;
  }
  return new Date(text.toUpperCase());
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
