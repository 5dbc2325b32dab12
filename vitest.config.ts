import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole services first: they mostly wait for a platform's pace or for a process, and all else runs beside them. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const waits = ({ moduleId }: TestSpecification) => /\/tests\/(app\/|main\.)/.test(moduleId);
    return (await super.sort(files)).toSorted((one, other) => Number(waits(other)) - Number(waits(one)));
  }
}

/** Files share a process and with it what they import, which costs more than most of them do. Each puts back what it changes. */
const isolate = false;

/** Unit tests need no service; integration tests share one PostgreSQL a run, a database a file; e2e needs a browser. */
const withServices = {
  globalSetup: ['tests/global-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 60_000,
  // A busy machine is slow, not wrong.
  expect: { poll: { timeout: 50_000 } },
};

export default defineConfig({
  test: {
    maxWorkers: 3,
    sequence: { sequencer: WaitingFirst },
    projects: [
      {
        test: {
          name: 'unit',
          isolate,
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/**/*.integration.test.ts', 'tests/e2e/**'],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'integration', isolate, include: ['tests/**/*.integration.test.ts'], ...withServices } },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          fileParallelism: false,
          // After all else: a page whose frames are late is pressed where its buttons were.
          sequence: { groupOrder: 1 },
          ...withServices,
        },
      },
    ],
  },
});
