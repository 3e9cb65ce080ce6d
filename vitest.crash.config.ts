import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { trying } from './test/attempt.ts';

/** The long suite: processes that are killed at every point of a run, and go on. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/crash/**/*.crash.ts'],
    reporters: ['default', './test/counting-reporter.ts'],
    ...trying,
    // Against what hangs. Whatever has a time of its own measures it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 5,
  },
});

export default config;
