import TestRunner from 'jest-runner';

/** Suites that promise times of a service under load: beside all others they would measure how busy the machine is. */
const TIMED = ['test/rolling/'];

/** Runs first the suites that measure time, then all others. */
export default class TimedFirst extends TestRunner {
  async runTests(tests, watcher, options) {
    const isTimed = ({ path }) => TIMED.some((part) => path.includes(part));
    await super.runTests(tests.filter(isTimed), watcher, options);
    await super.runTests(
      tests.filter((test) => !isTimed(test)),
      watcher,
      options,
    );
  }
}
