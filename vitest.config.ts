import { defineConfig } from 'vitest/config';

/**
 * `unit` stands beside the code; `system` spans modules, starts programs, and may take minutes. The time limits only end
 * what hangs: a busy or slow machine must not fail a test. That of `system` is longer than what `eventually` waits.
 */
export default defineConfig({
  test: {
    // System tests wait more than they work, so three at a time do well on two cores.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/support/steady-properties.ts'],
          include: ['src/**/*.test.ts', 'dashboards/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'system',
          setupFiles: ['test/support/steady-properties.ts'],
          include: ['test/**/*.test.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
