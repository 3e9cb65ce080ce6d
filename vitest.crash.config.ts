import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The long suite: processes that are killed at every point of a run, and go on. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/crash/**/*.crash.ts'],
    reporters: ['default', './test/counting-reporter.ts'],
    // On a machine that judges a commit a test may wait for a core: it is tried once more, and the report names it.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 5,
  },
});

export default config;
