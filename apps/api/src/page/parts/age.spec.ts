import { distance } from './age.js';

const NOW = new Date('2026-03-01T12:00:00Z');

it.each([
  ['2026-03-01T11:59:31Z', 'just now'],
  ['2026-03-01T12:00:20Z', 'in a moment'],
  ['2026-03-01T11:59:00Z', '1 minute ago'],
  ['2026-03-01T10:01:00Z', '1 hour ago'],
  ['2026-02-26T12:00:00Z', '3 days ago'],
  ['2025-12-20T12:00:00Z', '2 months ago'],
  ['2024-01-01T12:00:00Z', '2 years ago'],
  ['2026-03-03T13:00:00Z', 'in 2 days'],
])('%s is %s', (at, words) => {
  expect(distance(new Date(at), NOW)).toBe(words);
});
