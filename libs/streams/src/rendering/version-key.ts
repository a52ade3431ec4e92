import type { PublishedContent } from './contents.js';

/** No image is older; a creation date before it is one that a builder left at zero or made up. */
const OLDEST_MS = Date.UTC(2000, 0);

/**
 * The key of a product's version, `YYYYMMDD_HHMM` in UTC: when the content was created, as it says itself, or the minute
 * of its first publication if it does not say or says a time after that. Clients read the first eight characters as the
 * date of the image and show the whole as its serial. It never changes.
 */
export function versionKey({ first, facts }: Pick<PublishedContent, 'first' | 'facts'>): string {
  const createdMs = (facts?.createdAtSeconds ?? 0) * 1000;
  const isPlausible = createdMs >= OLDEST_MS && createdMs <= first.publishedAt.getTime();
  const [date = '', time = ''] = (isPlausible ? new Date(createdMs) : first.publishedAt)
    .toISOString()
    .split('T');
  return `${date.replaceAll('-', '')}_${time.slice(0, 5).replace(':', '')}`;
}

/** Years that clients can read as a date. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** The day on which the content expires, `YYYY-MM-DD`, as clients read it; undefined when it does not. */
export function expiryDay({ facts }: Pick<PublishedContent, 'facts'>): string | undefined {
  const expiresMs = (facts?.expiresAtSeconds ?? 0) * 1000;
  return expiresMs > 0 && expiresMs <= LATEST_MS ? new Date(expiresMs).toISOString().slice(0, 10) : undefined;
}
