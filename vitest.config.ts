import { defineConfig } from 'vitest/config';

/** Unit tests need no service; integration tests share one PostgreSQL a run, a database a file; e2e needs a browser. */
const withServices = {
  globalSetup: ['tests/global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // A busy machine is slow, not wrong.
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/**/*.integration.test.ts', 'tests/e2e/**'],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'integration', include: ['tests/**/*.integration.test.ts'], ...withServices } },
      { test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], fileParallelism: false, ...withServices } },
    ],
  },
});
