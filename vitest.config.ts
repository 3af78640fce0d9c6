import { defineConfig } from 'vitest/config';

/** `unit` stands beside the code; `system` spans modules, starts programs, and may take minutes. */
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
        },
      },
      {
        test: {
          name: 'system',
          setupFiles: ['test/support/steady-properties.ts'],
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
