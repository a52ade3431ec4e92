/**
 * The key of a product's version: the minute of its first publication in UTC, `YYYYMMDD_HHMM`. Clients read the first
 * eight characters as the date of the image and show the whole as its serial.
 */
export function versionKey(publishedAt: Date): string {
  const [date = '', time = ''] = publishedAt.toISOString().split('T');
  return `${date.replaceAll('-', '')}_${time.slice(0, 5).replace(':', '')}`;
}
