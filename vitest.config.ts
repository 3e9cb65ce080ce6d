import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { trying } from './test/attempt.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/conformance/**'],
    reporters: ['default', './test/counting-reporter.ts'],
    ...trying,
    // Against what hangs. Whatever has a time of its own measures it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
});

export default config;
