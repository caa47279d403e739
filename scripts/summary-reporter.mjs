/** Closes a test run with one plain line that any CI can read, and fails it in CI where a test was skipped. */
export default class SummaryReporter {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'skipped' : state] += 1;
      }
    // A file that does not even load has no tests that could fail.
    count.failed += modules.filter(
      module => !module.ok() && [...module.children.allTests()].length === 0,
    ).length;
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
    if (process.env.CI && count.skipped > 0) {
      process.stdout.write('In CI no test may be skipped.\n');
      process.exitCode = 1;
    }
  }
}
