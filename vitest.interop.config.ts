import { defineConfig, type ViteUserConfig } from 'vitest/config';

// One file after the other: each has a sandbox of its own on port 53.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    reporters: ['verbose', './test/counting-reporter.ts'],
    // On a machine that judges a commit a test may wait for a core: it is tried once more, and the report names it.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
  },
});

export default config;
