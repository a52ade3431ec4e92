// Prints what Jest reported: the suites that were skipped, what failed, and `N passed, N failed` as the last line.
// A suite that could not run counts as one failure, and so does a report that is not there.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A skipped suite says why in its own name; a single skipped test in its title. */
function titleWithReason(test) {
  return test.ancestorTitles.find((title) => title.includes('(skipped: ')) ?? test.fullName;
}

const reportFile = process.argv[2] ?? '';
const report = existsSync(reportFile)
  ? JSON.parse(readFileSync(reportFile, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1, testResults: [] };

for (const { name, assertionResults, message, status } of report.testResults) {
  const file = relative(process.cwd(), name);
  const skipped = assertionResults.filter((test) => test.status === 'pending');
  for (const title of new Set(skipped.map(titleWithReason))) console.log(`skipped: ${file}: ${title}`);
  for (const test of assertionResults.filter((one) => one.status === 'failed')) {
    console.log(`failed: ${file}: ${test.fullName}`);
  }
  if (status === 'failed' && assertionResults.length === 0) {
    console.log(`failed: ${file} did not run: ${message.split('\n')[0] ?? ''}`);
  }
}

const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
