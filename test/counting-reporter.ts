import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with the line `N passed, N failed`, which programs that watch test runs look for. */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        passed += state === 'passed' ? 1 : 0;
        // A test that was skipped proves nothing: it counts as failed.
        failed += state === 'passed' ? 0 : 1;
      }
    }
    process.on('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}
