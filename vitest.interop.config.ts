import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { trying } from './test/attempt.ts';

// One file after the other: each has a sandbox of its own on port 53.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    reporters: ['verbose', './test/counting-reporter.ts'],
    ...trying,
    // Against what hangs. Whatever has a time of its own measures it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    fileParallelism: false,
  },
});

export default config;
