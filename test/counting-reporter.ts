import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Ends a run with the line `N passed, N failed`, which programs that watch test runs look for.
 *
 * Before it stand the names of what failed, and of what passed only when it was tried again.
 */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    const said: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      said.push(...module.errors().map(error => `failed: ${module.relativeModuleId}: ${error.message}`));
      for (const test of module.children.allTests()) {
        // A test that was skipped proves nothing: it counts as failed.
        const good = test.result().state === 'passed';
        passed += good ? 1 : 0;
        failed += good ? 0 : 1;
        if (!good) said.push(...failureOf(test));
        if (good && test.diagnostic()?.flaky === true)
          said.push(`passed only when tried again: ${nameOf(test)}`);
      }
    }
    process.on('exit', () => {
      process.stdout.write(`${[...said, `${passed} passed, ${failed} failed`].join('\n')}\n`);
    });
  }
}

function failureOf(test: TestCase): string[] {
  const errors = test.result().errors ?? [];
  return [
    `failed: ${nameOf(test)}`,
    ...errors.map(error => `  ${error.message.split('\n', 12).join('\n  ')}`),
  ];
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}
