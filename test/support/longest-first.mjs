import TestSequencer from '@jest/test-sequencer';

/** Suites that wait longest for real time or start most processes, the longest first. */
const LONG = [
  'test/standalone/',
  'test/deploy/image',
  'test/docs/executed-pages',
  'test/api/access-matrix',
  'test/faults/',
  'test/incus/',
];

/**
 * The order of a run on a machine that has not measured the suites yet: Jest would go by the size of files, and the long
 * ones would begin last, each with one processor for itself. Where Jest knows how long every suite took it goes by that.
 */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const rank = ({ path }) => {
      const index = LONG.findIndex((part) => path.includes(part));
      return index < 0 ? LONG.length : index;
    };
    return sorted.every(({ duration }) => duration !== undefined)
      ? sorted
      : sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
