import TestRunner from 'jest-runner';

/** Suites that promise times of a service under load: beside others they would measure how busy the machine is. */
const TIMED = ['test/rolling/'];

/** Runs suites that measure time one after the other, and then all others at once. */
export default class TimedFirst extends TestRunner {
  async runTests(tests, watcher, options) {
    const isTimed = ({ path }) => TIMED.some((part) => path.includes(part));
    await super.runTests(tests.filter(isTimed), watcher, { ...options, serial: true });
    await super.runTests(
      tests.filter((test) => !isTimed(test)),
      watcher,
      options,
    );
  }
}
