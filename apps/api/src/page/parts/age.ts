import { html, type Html } from '../html.js';

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['year', 365.25 * 86_400_000],
  ['month', 30.44 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** When something was, as people say it; the instant itself is beside it for machines and for those who point at it. */
export function age(at: Date, now: Date = new Date()): Html {
  const instant = at.toISOString();
  return html`<time datetime="${instant}" title="${instant}">${distance(at, now)}</time>`;
}

/** `3 days ago`, `in 2 hours`. */
export function distance(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  const [name, unitMs] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? [];
  if (name === undefined || unitMs === undefined) {
    return ms >= 0 ? 'just now' : 'in a moment';
  }
  const count = Math.floor(Math.abs(ms) / unitMs);
  const words = `${count} ${name}${count === 1 ? '' : 's'}`;
  return ms >= 0 ? `${words} ago` : `in ${words}`;
}
