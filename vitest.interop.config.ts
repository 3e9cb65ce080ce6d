import { defineConfig, type ViteUserConfig } from 'vitest/config';

// One file after the other: each has a sandbox of its own on port 53.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    reporters: ['verbose', './test/counting-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
  },
});

export default config;
