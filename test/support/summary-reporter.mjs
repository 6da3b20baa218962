import { readFileSync, readdirSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Ends the output with the suites that were skipped and why, the tests that are flaky, and one line that counts every test. */
export default class SummaryReporter {
  #lines = [];

  constructor() {
    // Jest's own summary and the end of the run come after every reporter; only the end of the process comes last.
    process.once('exit', () => writeSync(process.stderr.fd, this.#lines.map((line) => `${line}\n`).join('')));
  }

  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // A file that could not even be loaded has no tests to count, but it has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    this.#lines = [
      ...skippedSuites().map(({ suite, reason }) => `skipped: ${suite}: ${reason}`),
      ...flakyTests(results),
      `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`,
    ];
  }
}

/** Those that passed only at the second try. */
function flakyTests({ testResults }) {
  return testResults.flatMap(({ testFilePath, testResults: tests }) =>
    tests
      .filter(({ status, invocations }) => status === 'passed' && invocations > 1)
      .map(({ fullName }) => `flaky: ${relative(process.cwd(), testFilePath)}: ${fullName}`),
  );
}

function skippedSuites() {
  const directory = process.env.TEST_RUN_DIRECTORY;
  if (directory === undefined) return [];
  const folder = join(directory, 'skipped');
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}
