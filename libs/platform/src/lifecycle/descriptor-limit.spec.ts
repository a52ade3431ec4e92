import { descriptorsNeeded, parseLimit } from './descriptor-limit.js';

const line = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\n` +
  `Max processes             7                    7                    processes\n` +
  `Max open files            ${soft.padEnd(20)} 4096                 files\n`;

it.each<[string, number | undefined]>([
  [line('128'), 128],
  [line('unlimited'), undefined],
  ['', undefined],
  ['Max open files', undefined],
])('the limit in %j is %s', (text, limit) => {
  expect(parseLimit(text)).toBe(limit);
});

it.each([
  [{ downloads: 1000, connectionsPerSource: 1000 }, 3100],
  [{ downloads: 5, connectionsPerSource: 10 }, 120],
  [{ downloads: 5, connectionsPerSource: 0 }, 110],
])('an api with %j needs %i descriptors', (shares, needed) => {
  expect(
    descriptorsNeeded({ processName: 'api', shares: { ...shares, downloadsPerSource: 3 }, worker: WORKER }),
  ).toBe(needed);
});

it('a worker needs descriptors for its jobs, whatever the api may serve', () => {
  const shares = { downloads: 1000, connectionsPerSource: 1000, downloadsPerSource: 3 };
  expect(descriptorsNeeded({ processName: 'worker', shares, worker: WORKER })).toBe(124);
});

const WORKER = {
  blobGraceMs: 1,
  disks: { maxBytes: 1, maxRatio: 0 },
  deltas: { scratchDir: '/tmp', scratchBytes: 1, searchPath: '' },
  scrubPeriodMs: 1,
  promotionEnabled: true,
  pollIntervalMs: 1,
  errorBackoffMs: 1,
  errorBackoffMaxMs: 1,
  breakerFailures: 1,
  breakerCooldownMs: 1,
  jobLeaseMs: 1,
  concurrency: 4,
};
